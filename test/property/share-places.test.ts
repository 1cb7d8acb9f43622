import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharePlaces } from '../../src/store/share-places.ts';

const shareOf = (wanted: readonly number[], limit: number, nowMs = 0): readonly number[] => {
  const shares = sharePlaces(
    wanted.map((one, i) => ({ holder: String(i).padStart(2, '0'), wanted: one })),
    limit,
    nowMs,
  );
  return Array.from(shares.entries())
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, places]) => places);
};

describe('the places of a host', () => {
  it('are divided by what each wants', () => {
    expect(shareOf([1], 16)).toEqual([16]);
    expect(shareOf([20, 20], 16)).toEqual([8, 8]);
    expect(shareOf([2, 20], 16)).toEqual([2, 14]);
    expect(shareOf([1, 1], 16)).toEqual([8, 8]);
  });

  it('go round where there are fewer than processes', () => {
    const turns = [0, 2_000, 4_000].map((nowMs) => shareOf([3, 3, 3], 1, nowMs));
    expect(turns).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  it('are all given out, none twice, and nobody has less than an even part of them unless it wants less', () => {
    const wanted = fc.array(fc.nat(40), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(wanted, fc.integer({ min: 1, max: 64 }), fc.nat(1_000_000), (each, limit, nowMs) => {
        const shares = shareOf(each, limit, nowMs);
        expect(shares.reduce((sum, n) => sum + n, 0)).toBe(limit);
        for (const [i, share] of shares.entries())
          expect(share).toBeGreaterThanOrEqual(Math.min(each[i] ?? 0, Math.floor(limit / each.length)));
      }),
    );
  });
});
