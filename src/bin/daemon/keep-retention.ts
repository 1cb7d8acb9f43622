import type { Clock } from '../../shared/clock.ts';
import type { EventSink } from '../../shared/events.ts';
import type { Store } from '../../store/types.ts';

const DAY_MS = 24 * 3_600_000;

/**
 * Removes rollouts that ended longer ago than `retentionMs`, now and once a day, until the signal. Several processes may do it at once. What
 * goes wrong is told, and tried again the next day.
 */
export async function keepRetention(
  parts: { readonly store: Pick<Store, 'pruneRollouts'>; readonly clock: Clock; readonly events: EventSink },
  retentionMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, events } = parts;
  while (!signal.aborted) {
    const nowMs = clock.nowMs();
    try {
      const pruned = await store.pruneRollouts({ endedBeforeMs: nowMs - retentionMs, dryRun: false }, nowMs);
      const detail = { rollouts: pruned.rollouts.map(({ id }) => id).join(' '), artifacts: pruned.artifacts };
      if (pruned.rollouts.length > 0)
        events.emit({
          kind: 'DaemonNotice',
          level: 'info',
          message: 'rollouts past their retention were removed',
          detail,
        });
    } catch (error) {
      const detail = { error: error instanceof Error ? error.message : String(error) };
      events.emit({ kind: 'DaemonNotice', level: 'warn', message: 'old rollouts could not be removed', detail });
    }
    // Rejects at the daemon's end.
    await clock.sleep(DAY_MS, signal).catch(() => undefined);
  }
}
