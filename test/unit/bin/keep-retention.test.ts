import { expect, it } from 'vitest';
import { keepRetention } from '../../../src/bin/daemon/keep-retention.ts';
import type { FlotillaEvent } from '../../../src/shared/events.ts';

const DAY = 86_400_000;

it('removes what is past its retention at once and then once a day, also after a day on which the store failed', async () => {
  const end = new AbortController();
  const asked: number[] = [];
  const said: FlotillaEvent[] = [];
  let now = 1_000 * DAY;
  await keepRetention(
    {
      store: {
        async pruneRollouts({ endedBeforeMs, dryRun }) {
          expect(dryRun).toBe(false);
          asked.push(endedBeforeMs / DAY);
          if (asked.length === 2) throw new Error('away');
          const one = { id: 'r1', project: 'p', env: 'e', state: 'succeeded' as const, finishedAtMs: 0, targets: 1 };
          return { rollouts: asked.length === 1 ? [one] : [], artifacts: 2 };
        },
      },
      clock: {
        nowMs: () => now,
        monotonicMs: () => now,
        async sleep(ms) {
          now += ms;
          if (asked.length === 3) {
            end.abort();
            throw new Error('aborted');
          }
        },
      },
      events: { emit: (event) => said.push(event) },
    },
    180 * DAY,
    end.signal,
  );
  expect(asked).toEqual([820, 821, 822]);
  expect(said).toMatchObject([
    { kind: 'DaemonNotice', level: 'info', detail: { rollouts: 'r1', artifacts: 2 } },
    { kind: 'DaemonNotice', level: 'warn', detail: { error: 'away' } },
  ]);
});
