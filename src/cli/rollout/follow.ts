import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../shared/errors.ts';
import { isFinal } from '../../shared/states.ts';
import type { EventView, RolloutView } from '../../shared/wire.ts';
import type { Io } from '../io.ts';
import type { DaemonClient } from '../remote/daemon-client.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';

const POLL_MS = 200;
/** A daemon that restarts is gone for a few seconds: the rollout goes on, so does the watcher. */
const PATIENCE_MS = 30_000;

export type StopAt = 'end' | 'person';

/** Whoever interrupts a watcher has to know that the rollout is not stopped by it. Else throws the error on. */
export function leaveRollout(io: Io, id: string, error: unknown): number {
  if (!io.signal.aborted) throw error;
  io.stderr(
    `stopped watching; that does not stop rollout "${id}"\nnext  flotilla rollout watch ${id}, or flotilla rollout pause ${id}\n`,
  );
  return EXIT.error;
}

/**
 * Asks for the rollout again and again until it has ended (or, with `person`, waits for somebody).
 * Bears with a daemon that is away for up to 30 s.
 * @throws AppError WAIT_TIMED_OUT never: what came last is returned with `timedOut`
 */
export async function followRollout(
  daemon: DaemonClient,
  id: string,
  options: {
    readonly stopAt: StopAt;
    readonly timeoutMs: number | undefined;
    readonly signal: AbortSignal;
    readonly onView?: (view: RolloutView) => void;
    readonly onEvents?: (events: readonly EventView[]) => void;
    readonly onAway?: (error: AppError) => void;
  },
): Promise<{ readonly view: RolloutView | undefined; readonly timedOut: boolean }> {
  const deadline = options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.timeoutMs;
  let view: RolloutView | undefined;
  let seq = 0;
  let awaySince: number | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      view = await daemon.get<RolloutView>(`/rollouts/${encodeURIComponent(id)}`);
      if (options.onEvents) seq = await passEvents(daemon, view.id, seq, options.onEvents);
      awaySince = undefined;
      options.onView?.(view);
      const over = options.stopAt === 'end' ? isFinal(view.state) : exitCodeOf(view.state) !== undefined;
      if (over) return { view, timedOut: false };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'DAEMON_UNREACHABLE') throw error;
      awaySince ??= performance.now();
      options.onAway?.(error);
      if (performance.now() - awaySince > PATIENCE_MS) throw error;
    }
    const left = deadline - performance.now();
    if (left <= 0) return { view, timedOut: true };
    await sleep(Math.min(POLL_MS, left), undefined, { signal: options.signal });
  }
}

/** Hands on the events after `seq`, page by page; the newest number comes back. */
async function passEvents(
  daemon: DaemonClient,
  id: string,
  seq: number,
  onEvents: (events: readonly EventView[]) => void,
): Promise<number> {
  let newest = seq;
  for (;;) {
    const { items } = await daemon.get<{ readonly items: readonly EventView[] }>(`/rollouts/${id}/events`, {
      after: newest,
      limit: 500,
    });
    if (items.length === 0) return newest;
    onEvents(items);
    newest = items.at(-1)?.seq ?? newest;
  }
}
