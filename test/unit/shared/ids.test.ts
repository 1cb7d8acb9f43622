import { expect, it } from 'vitest';
import { makeRolloutId } from '../../../src/shared/ids.ts';

it('ids sort by age', () => {
  const ids = [0, 1_000, 1_700_000_000_000, 1_700_000_001_000, 1_800_000_000_000].map((ms) => makeRolloutId(ms, 0.5));
  expect([...ids].sort()).toEqual(ids);
});

it('ids have ten letters that cannot be mistaken for each other', () => {
  for (const random of [0, 0.3, 0.999999])
    expect(makeRolloutId(Date.now(), random)).toMatch(/^[0-9a-hjkmnp-tv-z]{10}$/);
});

it('two ids of one second differ by chance', () => {
  expect(makeRolloutId(5_000, 0.1)).not.toBe(makeRolloutId(5_000, 0.9));
});
