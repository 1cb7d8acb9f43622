import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSharedHostLimits, PLACES_LEASE_MS } from '../../../src/app/shared-host-limits.ts';
import { systemClock } from '../../../src/bin/system-clock.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/types.ts';
import { STORE_KEY } from '../../support/store-key.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';

describe('limits of hosts that processes share', () => {
  const folder = throwAwayFolder('places');
  let store: Store;
  let writes = 0;
  let isDown = false;
  beforeAll(async () => {
    store = await openStore({ file: path.join(folder, 'store.db'), key: STORE_KEY }, Date.now());
  });
  afterAll(async () => {
    await store.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** Moved on by hand, as the time of a process that was frozen. */
  let skippedMs = 0;
  const clock = { ...systemClock, monotonicMs: () => performance.now() + skippedMs };
  const counted: Pick<Store, 'takeHostPlaces'> = {
    async takeHostPlaces(...args) {
      writes += 1;
      if (isDown) throw new Error('the store is away');
      return store.takeHostPlaces(...args);
    },
  };
  const make = (holder: string, perHost: number) => createSharedHostLimits({ store: counted, clock }, holder, perHost);

  it('hold over both of two processes, and both get some', async () => {
    const [first, second] = [make('a', 4), make('b', 4)];
    const [now, most, done] = [{ sum: 0 }, { sum: 0 }, { first: 0, second: 0 }];
    let isOver = false;
    const lane = async (limits: typeof first, name: 'first' | 'second') => {
      while (!isOver) {
        await limits.run('h', async () => {
          now.sum += 1;
          most.sum = Math.max(most.sum, now.sum);
          await sleep(3);
          now.sum -= 1;
        });
        done[name] += 1;
        isOver ||= done.first > 50 && done.second > 50;
      }
    };
    const lanes = [first, second].flatMap((limits, i) =>
      Array.from({ length: 6 }, () => lane(limits, i === 0 ? 'first' : 'second')),
    );
    await Promise.all(lanes);
    expect(most.sum).toBe(4);
    await first.close();
    expect(first.held()).toBe(0);
    await second.run('h', async () => undefined);
    await second.close();
  }, 20_000);

  it('cost hardly a write of the store', async () => {
    const limits = make('c', 4);
    writes = 0;
    await Promise.all(Array.from({ length: 2_000 }, () => limits.run('busy', async () => undefined)));
    // One for the first place; a second for those that came after it, where the works take that long.
    expect(writes).toBeLessThan(10);
    await limits.close();
  });

  it('start nothing once the lease may be over, until it is renewed', async () => {
    const limits = make('d', 1);
    await limits.run('frozen', async () => undefined);
    isDown = true;
    skippedMs += PLACES_LEASE_MS;
    let hasRun = false;
    const waiting = limits.run('frozen', async () => {
      hasRun = true;
    });
    await sleep(50);
    expect(hasRun).toBe(false);
    isDown = false;
    await waiting;
    await limits.close();
  });

  it('let a waiting one give up', async () => {
    const limits = make('e', 1);
    const first = Promise.withResolvers<void>();
    const running = limits.run('h', () => first.promise);
    const abort = new AbortController();
    const waiting = limits.run('h', async () => 'never', abort.signal);
    abort.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');
    first.resolve();
    await running;
    await limits.close();
  });
});
