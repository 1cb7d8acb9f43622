import { describe, expect, it } from 'vitest';
import type { Evidence, StorageSeen } from '../../../../../../src/engine/drivers/mysql/intent/evidence.ts';
import { judgeEvidence } from '../../../../../../src/engine/drivers/mysql/intent/judge-evidence.ts';

const definitions = (seen: Readonly<Record<string, string>>): Evidence => ({ proof: 'definition', seen });
const storage = (seen: Readonly<Record<string, Partial<StorageSeen>>>, empties = true): Evidence => ({
  proof: 'storage',
  empties,
  seen: Object.fromEntries(
    Object.entries(seen).map(([name, one]) => [name, { definition: 'd', ids: null, isEmpty: false, ...one }]),
  ),
});

describe('whether a statement has landed', () => {
  it('is told by a definition that differs', () => {
    expect(judgeEvidence(definitions({ a: 'x' }), definitions({ a: 'y' })).kind).toBe('landed');
    expect(judgeEvidence(definitions({ a: 'x' }), definitions({ a: 'x' })).kind).toBe('not-landed');
    expect(judgeEvidence(definitions({ a: 'x', z: 'absent' }), definitions({ a: 'absent', z: 'x' })).kind).toBe(
      'landed',
    );
  });

  it('is open where a list of objects was done in part', () => {
    expect(judgeEvidence(definitions({ a: 'x', b: 'y' }), definitions({ a: 'absent', b: 'y' }))).toEqual({
      kind: 'open',
      proof: 'changed: a; as before: b',
    });
  });

  it('is told by the ids of the storage engine', () => {
    expect(judgeEvidence(storage({ a: { ids: '1' } }), storage({ a: { ids: '2' } })).kind).toBe('landed');
    expect(judgeEvidence(storage({ a: { ids: '1' } }), storage({ a: { ids: '1', isEmpty: true } })).kind).toBe(
      'not-landed',
    );
  });

  it('is open without the ids, unless an empty table is emptied again', () => {
    expect(judgeEvidence(storage({ a: {} }), storage({ a: {} }))).toMatchObject({ kind: 'open' });
    expect(judgeEvidence(storage({ a: {} }), storage({ a: { isEmpty: true } })).kind).toBe('not-landed');
    expect(judgeEvidence(storage({ a: {} }, false), storage({ a: { isEmpty: true } }, false)).kind).toBe('open');
  });

  it('is open where nothing shows it, and of no interest where a second run does no more than the first', () => {
    expect(judgeEvidence({ proof: 'none', why: 'w' }, { proof: 'none', why: 'w' })).toEqual({
      kind: 'open',
      proof: 'w',
    });
    expect(judgeEvidence({ proof: 'repeatable' }, { proof: 'repeatable' }).kind).toBe('not-landed');
  });
});
