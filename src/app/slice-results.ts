import type { Clock } from '../shared/clock.ts';
import type { TargetCounts } from '../shared/states.ts';
import type { LeftTarget, NewEvent, Store, TargetResult } from '../store/types.ts';

/** Results are written when so many are there, or the oldest is so old: views move, and a kill -9 loses little. */
const MAX_BUFFERED = 500;
const MAX_AGE_MS = 1_000;

export interface SliceResults {
  readonly all: readonly TargetResult[];
  /** How many of them have failed. */
  readonly failed: number;
  /** The store refused: a newer run of the workflow has taken the rollout over. */
  readonly fenced: boolean;
  /** Notes a result; it is written within a second, while the next target is at work. */
  add(result: TargetResult): void;
  /** Notes what was left of a target that goes back; it is written by `finish`. */
  leave(left: LeftTarget): void;
  /** Writes what is left and gives back what was not started. What this slice has done in total comes back. */
  finish(event: NewEvent | null): Promise<{ readonly counts: TargetCounts; readonly released: number }>;
}

/** Buffers the results of a slice. A write that fails is tried again with the next one; `finish` throws where it still fails. */
export function bufferResults(
  store: Pick<Store, 'finishSlice'>,
  clock: Clock,
  rolloutId: string,
  slice: { readonly id: string; readonly epoch: number; readonly nextPass: number },
): SliceResults {
  const all: TargetResult[] = [];
  const leftBehind: LeftTarget[] = [];
  let buffered: TargetResult[] = [];
  let timer: AbortController | undefined;
  let written: Promise<void> = Promise.resolve();
  let fenced = false;
  let failed = 0;

  const write = (): void => {
    timer?.abort();
    timer = undefined;
    const batch = buffered;
    buffered = [];
    if (batch.length === 0) return;
    written = written.then(async () => {
      try {
        const options = { release: false, event: null };
        const { accepted } = await store.finishSlice(rolloutId, slice, batch, options, clock.nowMs());
        fenced ||= !accepted;
      } catch {
        // The next write takes them along; `finish` reports what still fails then.
        buffered = [...batch, ...buffered];
      }
    });
  };

  const writeLater = (): void => {
    timer = new AbortController();
    clock.sleep(MAX_AGE_MS, timer.signal).then(write, () => undefined);
  };

  return {
    all,
    get failed() {
      return failed;
    },
    get fenced() {
      return fenced;
    },
    add(result) {
      all.push(result);
      if (result.state === 'failed') failed += 1;
      buffered.push(result);
      if (buffered.length >= MAX_BUFFERED) write();
      else if (timer === undefined) writeLater();
    },
    leave(left) {
      leftBehind.push(left);
    },
    async finish(event) {
      timer?.abort();
      await written;
      const batch = buffered;
      buffered = [];
      const options = { release: true, event, left: leftBehind };
      const end = await store.finishSlice(rolloutId, slice, batch, options, clock.nowMs());
      fenced ||= !end.accepted;
      return { counts: end.counts, released: end.released };
    },
  };
}
