import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostPlacesAsked, Store } from '../../../src/store/types.ts';

const LEASE_MS = 60_000;
const ask = (host: string, more: Partial<HostPlacesAsked> = {}): HostPlacesAsked => ({
  host,
  most: 8,
  running: 0,
  wanted: 20,
  kept: 0,
  borne: 0,
  ...more,
});

/** How processes share the places of a host in every back end of the store. */
export function hostPlacesContract(name: string, open: () => Promise<Store>): void {
  describe(`places of hosts on ${name}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      await store.close();
    });
    const take = async (holder: string, asked: HostPlacesAsked, leaseMs = LEASE_MS) =>
      (await store.takeHostPlaces(holder, leaseMs, [asked]))[0];

    it('are all of one that is alone, and half of each of two once the first has let go of them', async () => {
      expect(await take('a', ask('h1'))).toEqual({ host: 'h1', places: 8, share: 8, limit: 8, halved: 0 });
      expect(await take('b', ask('h1'))).toMatchObject({ places: 0, share: 4 });
      // Seven are still at work.
      expect(await take('a', ask('h1', { running: 7, kept: 7 }))).toMatchObject({ places: 7, share: 4 });
      expect(await take('b', ask('h1'))).toMatchObject({ places: 1, share: 4 });
      expect(await take('a', ask('h1', { running: 4, kept: 4 }))).toMatchObject({ places: 4, share: 4 });
      expect(await take('b', ask('h1', { kept: 1 }))).toMatchObject({ places: 4, share: 4 });
    });

    it('are free again when they are given back, and when nobody has renewed them', async () => {
      await take('a', ask('h2'));
      expect(await take('b', ask('h2'))).toMatchObject({ places: 0 });
      expect(await take('a', ask('h2', { wanted: 0 }))).toMatchObject({ places: 0 });
      expect(await take('b', ask('h2'), 50)).toMatchObject({ places: 8 });
      await sleep(80);
      expect(await take('c', ask('h2'))).toMatchObject({ places: 8, share: 8 });
    });

    it('are counted for each host by itself, many hosts at a time', async () => {
      const answers = await store.takeHostPlaces('a', LEASE_MS, [ask('h3'), ask('h4', { most: 3 })]);
      expect(answers.map(({ host, places }) => [host, places])).toEqual([
        ['h3', 8],
        ['h4', 3],
      ]);
    });

    it('never are more than the limit, whoever asks at once', async () => {
      const held = new Map<string, number>();
      const holders = ['a', 'b', 'c', 'd'];
      for (let round = 0; round < 4; round++) {
        await Promise.all(
          holders.map(async (holder) => {
            const kept = held.get(holder) ?? 0;
            const answer = await take(holder, ask('h5', { kept, running: kept }));
            held.set(holder, Math.min(answer?.places ?? 0, answer?.share ?? 0));
          }),
        );
        expect(Array.from(held.values()).reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(8);
      }
      expect(Array.from(held.values()).toSorted()).toEqual([2, 2, 2, 2]);
    });

    it('are half as many for all where the host refuses, and one more after it has borne them four times', async () => {
      await take('a', ask('h6', { running: 4, kept: 4 }));
      await take('b', ask('h6', { running: 4, kept: 4 }));
      const refused = { halved: 0, running: 4 };
      expect(await take('a', ask('h6', { kept: 4, refused }))).toMatchObject({ limit: 4, share: 2, halved: 1 });
      // The same news from another process.
      expect(await take('b', ask('h6', { kept: 4, refused }))).toMatchObject({ limit: 4, share: 2, halved: 1 });
      expect(await take('a', ask('h6', { kept: 2, borne: 10 }))).toMatchObject({ limit: 4, halved: 1 });
      expect(await take('b', ask('h6', { kept: 2, borne: 6 }))).toMatchObject({ limit: 5, halved: 1 });
      for (let i = 0; i < 10; i++) await take('a', ask('h6', { kept: 2, borne: 40 }));
      expect(await take('b', ask('h6', { kept: 2 }))).toMatchObject({ limit: 8 });
    });
  });
}
