import { describe, expect, it } from 'vitest';
import { intentOf, settled, withIntent } from '../../../../src/engine/run/intent.ts';
import type { Revision } from '../../../../src/engine/run/types.ts';

const AFTER: Revision = {
  version: '1',
  description: '',
  type: 2,
  applied: 2,
  total: 3,
  executedAt: new Date(0),
  executionTime: 0n,
  error: '',
  errorStmt: '',
  hash: 'h',
  partialHashes: ['h1:a', 'h1:b'],
  operatorVersion: 'v',
};

const BEFORE: Revision = { ...AFTER, applied: 1, partialHashes: ['h1:a'] };

describe('the intent in a row', () => {
  const row = withIntent({ before: BEFORE, after: AFTER }, 'DROP TABLE x', { seen: 'it' });

  it('stands for a statement that has not landed', () => {
    expect(row).toMatchObject({ applied: 1, partialHashes: ['h1:a'], errorStmt: 'DROP TABLE x' });
    expect(intentOf(row)?.evidence).toEqual({ seen: 'it' });
  });

  it('is settled either way', () => {
    const intent = intentOf(row);
    if (intent === undefined) throw new Error('no intent');
    expect(settled(row, intent, true)).toEqual(AFTER);
    expect(settled(row, intent, false)).toMatchObject({
      applied: 1,
      partialHashes: ['h1:a'],
      error: '',
      errorStmt: '',
    });
    expect(settled({ ...row, total: 2 }, intent, true)).toMatchObject({ applied: 2, partialHashes: null });
  });

  it('is none where the error is another’s, or the row has moved on', () => {
    expect(intentOf({ ...row, error: 'Error 1050' })).toBeUndefined();
    expect(intentOf({ ...row, error: row.error.slice(0, -1) })).toBeUndefined();
    expect(intentOf({ ...row, applied: 2 })).toBeUndefined();
  });
});
