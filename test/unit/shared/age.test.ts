import { expect, it } from 'vitest';
import { parseAge } from '../../../src/shared/age.ts';

it.each([
  ['90d', 90 * 86_400_000],
  ['36h', 36 * 3_600_000],
  ['0d', 0],
  ['1h30m', 5_400_000],
  ['-1h', undefined],
  ['90', undefined],
  ['1.5d', undefined],
  ['a while', undefined],
])('%s', (text, ms) => expect(parseAge(text)).toBe(ms));
