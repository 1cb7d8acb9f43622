import { describe, expect, it } from 'vitest';
import { createGateReader } from '../../../src/app/gate-reader.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import type { Gate } from '../../../src/store/types.ts';

const gate = (state: Gate['state'], epoch = 1): Gate => ({
  epoch,
  state,
  pauseSeq: 0,
  operator: false,
  terminal: false,
  reason: null,
  by: null,
  cancels: false,
});

/** A store whose reads take `takesMs` of a clock that only moves here. */
function world(takesMs = 0) {
  const now = { ms: 0 };
  const clock: Clock = { nowMs: () => now.ms, monotonicMs: () => now.ms, sleep: async () => undefined };
  const store = { now, current: gate('open') as Gate | undefined, reads: 0 };
  const read = async (): Promise<Gate | undefined> => {
    store.reads += 1;
    const answer = store.current; // what was true when the read began
    await Promise.resolve();
    now.ms += takesMs;
    return answer;
  };
  return Object.assign(store, { reader: createGateReader({ gate: read }, clock) });
}

describe('gate reader', () => {
  it('serves many targets from one read for 20 ms from its beginning: the rest of the 65 ms is for the way to the database', async () => {
    const w = world();
    expect(await Promise.all(Array.from({ length: 20 }, () => w.reader.mayStart('r', 1)))).not.toContain(false);
    w.now.ms = 19;
    expect(await w.reader.mayStart('r', 1)).toBe(true);
    expect(w.reads).toBe(1);
    w.now.ms = 20;
    expect(await w.reader.mayStart('r', 1)).toBe(true);
    expect(w.reads).toBe(2);
  });

  it('lets nothing start 20 ms after the gate was closed', async () => {
    const w = world();
    await w.reader.mayStart('r', 1);
    w.current = gate('closed');
    w.now.ms = 20;
    expect(await w.reader.mayStart('r', 1)).toBe(false);
  });

  it('does not use an answer that took longer than the lease', async () => {
    const w = world(60);
    const asked = w.reader.mayStart('r', 1);
    w.current = gate('closed'); // while the first answer, open, is on its way
    expect(await asked).toBe(false);
    expect(w.reads).toBe(2);
  });

  it('holds back when the store never answers in time', async () => {
    const w = world(60);
    expect(await w.reader.mayStart('r', 1)).toBe(false);
  });

  it('sees an opened gate at once', async () => {
    const w = world();
    w.current = gate('closed');
    expect(await w.reader.mayStart('r', 1)).toBe(false);
    w.current = gate('open');
    expect(await w.reader.mayStart('r', 1)).toBe(true);
  });

  it('asks for all who watch at once whether they are to be cancelled, and no more when they have ended', async () => {
    const w = world();
    const steps: (() => void)[] = [];
    const clock: Clock = {
      nowMs: () => 0,
      monotonicMs: () => 0,
      sleep: (_ms, signal) =>
        new Promise((resolve, reject) => {
          steps.push(resolve);
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const step = async (): Promise<void> => {
      steps.shift()?.();
      await new Promise(setImmediate);
    };
    let reads = 0;
    const store = {
      gate: async () => {
        reads += 1;
        if (reads === 1) throw new Error('away');
        return w.current;
      },
    };
    const reader = createGateReader(store, clock);
    const [first, second] = [reader.watchCancel('r'), reader.watchCancel('r')];
    await step(); // the store cannot answer
    first.end();
    await step();
    expect([reads, second.signal.aborted]).toEqual([2, false]);
    w.current = { ...gate('closed'), cancels: true };
    await step();
    expect([reads, first.signal, second.signal.aborted]).toEqual([3, second.signal, true]);
    second.end();

    const third = reader.watchCancel('r');
    expect(third.signal.aborted).toBe(false);
    third.end();
    await step();
    expect([reads, steps]).toEqual([3, []]);
  });

  it('refuses another epoch, and a rollout that is not there', async () => {
    const w = world();
    expect(await w.reader.mayStart('r', 2)).toBe(false);
    w.current = undefined;
    w.now.ms = 100;
    expect(await w.reader.mayStart('r', 1)).toBe(false);
  });
});
