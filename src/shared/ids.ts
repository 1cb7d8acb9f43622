declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type RolloutId = Branded<string, 'RolloutId'>;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's base 32: no i, l, o, u

/**
 * A rollout's id: seven letters of time (seconds) and three of chance, so that ids sort by age and can be typed at 3 a.m.
 * @param nowMs milliseconds since the epoch
 * @param random a number in [0, 1)
 */
export function makeRolloutId(nowMs: number, random: number): RolloutId {
  let seconds = Math.floor(nowMs / 1000);
  let time = '';
  for (let i = 0; i < 7; i++) {
    time = ALPHABET[seconds % 32] + time;
    seconds = Math.floor(seconds / 32);
  }
  let chance = Math.floor(random * 32 ** 3);
  let tail = '';
  for (let i = 0; i < 3; i++) {
    tail = ALPHABET[chance % 32] + tail;
    chance = Math.floor(chance / 32);
  }
  return `${time}${tail}` as RolloutId;
}
