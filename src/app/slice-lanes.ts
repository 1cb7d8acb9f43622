import type { SliceInput, SliceTarget } from './run-slice.ts';
import type { SliceSource } from './slice-source.ts';

/** When the time of a slice is over and one slow target keeps it from ending, the other lanes go on for so long. */
const SLOW_TARGET_MS = 60_000;

/** `held`: the gate is closed; `waits`: a policy says so; `cancelled`: given up. */
export type LaneEnd = 'done' | 'held' | 'waits' | 'cancelled';

export interface LaneDeps {
  /** Brings one target to its end. */
  apply(target: SliceTarget): Promise<LaneEnd>;
  /** Nothing more may be started: the process goes down, the slice is cancelled or fenced off. */
  mustStop(): boolean;
  /** Failures of the slice so far. */
  failures(): number;
  monotonicMs(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Works through the targets of a slice, up to `lanes` at once, until one of its limits. */
export class SliceLanes {
  readonly #deps: LaneDeps;
  readonly #input: SliceInput;
  readonly #beganMs: number;
  /** Targets in flight, and since when. */
  readonly #inFlight = new Map<SliceTarget, number>();
  #hasBegun = false;
  #gateClosed = false;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  #woken = Promise.withResolvers<void>();

  constructor(deps: LaneDeps, input: SliceInput, beganMs: number) {
    this.#deps = deps;
    this.#input = input;
    this.#beganMs = beganMs;
  }

  /** Something has changed that may let a target be started, or the slice end. */
  wake(): void {
    this.#woken.resolve();
  }

  /** True where the gate was found closed. @throws what a target or a claim threw, once nothing is in flight any more */
  async run(source: SliceSource): Promise<boolean> {
    for (;;) {
      this.#woken = Promise.withResolvers();
      this.#startMore(source);
      if (this.#inFlight.size === 0 && (this.#mustEnd() || source.isOver || !this.#hasTime())) break;
      await this.#wait();
    }
    await source.settled();
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#gateClosed;
  }

  #startMore(source: SliceSource): void {
    try {
      while (this.#mayStart()) {
        const target = source.take();
        if (target === undefined) return;
        this.#start(target);
      }
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #start(target: SliceTarget): void {
    this.#hasBegun = true;
    this.#inFlight.set(target, this.#deps.monotonicMs());
    this.#deps
      .apply(target)
      .then(
        (end) => {
          this.#gateClosed ||= end === 'held';
          this.#isOver ||= end !== 'done';
        },
        (error: unknown) => {
          this.#failure ??= { error };
        },
      )
      .finally(() => {
        this.#inFlight.delete(target);
        this.wake();
      });
  }

  #mustEnd(): boolean {
    const { failureAllowance } = this.#input;
    const isSpent = failureAllowance !== null && this.#deps.failures() >= failureAllowance;
    return this.#isOver || this.#failure !== undefined || isSpent || this.#deps.mustStop();
  }

  #mayStart(): boolean {
    const { lanes = 1, failureAllowance, mayOvershoot = false } = this.#input;
    if (this.#mustEnd() || this.#inFlight.size >= lanes || !this.#hasTime()) return false;
    // Whatever is in flight may fail: the budget is exact.
    return failureAllowance === null || mayOvershoot || this.#deps.failures() + this.#inFlight.size < failureAllowance;
  }

  /** The first one is always tried: a slice that took all of its time to begin must not come back empty for ever. */
  #hasTime(): boolean {
    const { maxMs } = this.#input;
    const elapsedMs = this.#deps.monotonicMs() - this.#beganMs;
    if (!this.#hasBegun || elapsedMs < maxMs) return true;
    return elapsedMs < maxMs + SLOW_TARGET_MS && this.#oldestMs() >= maxMs;
  }

  #oldestMs(): number {
    // The oldest is the first: entries stay in the order in which they were made.
    const [since] = this.#inFlight.values();
    return since === undefined ? 0 : this.#deps.monotonicMs() - since;
  }

  /** Until a target has ended or come, or one in flight is slow by now. */
  async #wait(): Promise<void> {
    const untilSlowMs = this.#input.maxMs - this.#oldestMs();
    const isShort = (this.#input.lanes ?? 1) === 1 || this.#hasTime() || untilSlowMs <= 0;
    if (isShort) return this.#woken.promise;
    const timer = new AbortController();
    this.#deps.sleep(untilSlowMs, timer.signal).then(
      () => this.wake(),
      () => undefined,
    );
    await this.#woken.promise;
    timer.abort();
  }
}
