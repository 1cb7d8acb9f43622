import { describe, expect, it } from 'vitest';
import { computePending, type PendingInput, type RevisionMark, readUnverified } from '../../../../src/engine/index.ts';

const directory = (...names: string[]): PendingInput['directory'] =>
  readUnverified(
    Object.fromEntries(
      names.map((name) => [name, name.includes('checkpoint') ? '-- atlas:checkpoint\n\nSELECT 1;' : 'SELECT 1;']),
    ),
    'atlas',
  );
const row = (version: string, applied = 1, total = 1, type = 2): RevisionMark => ({
  version,
  description: 'x',
  type,
  applied,
  total,
  partialHashes: null,
});
const pending = (names: string[], revisions: RevisionMark[], more: Partial<PendingInput> = {}): unknown => {
  const result = computePending({
    directory: directory(...names),
    revisions,
    execOrder: 'linear',
    clean: true,
    ...more,
  });
  if (result.kind === 'refused') return result.text;
  return result.files.map(({ version }) => version);
};

describe('computePending', () => {
  it('gives all files to an empty database', () => {
    expect(pending(['1.sql', '2.sql'], [])).toEqual(['1', '2']);
  });
  it('gives what is newer than the last revision, compared as strings', () => {
    expect(pending(['1.sql', '10.sql', '2.sql'], [row('10'), row('1')])).toEqual(['2']);
  });
  it('gives nothing where all is applied', () => {
    expect(pending(['1.sql'], [row('1')])).toEqual([]);
  });
  it('takes no notice of the metadata row', () => {
    expect(pending(['1.sql'], [row('.atlas_cloud_identifier', 0, 0)])).toEqual(['1']);
  });
  it('takes no notice of files older than the first revision', () => {
    expect(pending(['1.sql', '2.sql', '3.sql'], [row('2')])).toEqual(['3']);
  });
  it('refuses files added out of order, skips them, or puts them first', () => {
    const names = ['1.sql', '2.sql', '3.sql', '4.sql', '5.sql'];
    expect(pending(names, [row('1'), row('3')])).toBe(
      'migration file 2.sql was added out of order. See: https://atlasgo.io/versioned/apply#non-linear-error',
    );
    expect(pending(names, [row('1'), row('4')])).toBe(
      'migration files 2.sql, 3.sql were added out of order. See: https://atlasgo.io/versioned/apply#non-linear-error',
    );
    expect(pending(names, [row('1'), row('3')], { execOrder: 'linear-skip' })).toEqual(['4', '5']);
    expect(pending(names, [row('1'), row('3')], { execOrder: 'non-linear' })).toEqual(['2', '4', '5']);
  });
  it('takes up a file that a non-linear run left half done behind a newer version', () => {
    expect(pending(['1.sql', '2.sql', '3.sql', '4.sql'], [row('1'), row('2', 1, 2), row('3')])).toEqual(['2', '4']);
  });
  it('tells what is pending besides, where it refuses the order', () => {
    const result = computePending({
      directory: directory('1.sql', '2.sql', '3.sql', '4.sql'),
      revisions: [row('1'), row('3')],
      execOrder: 'linear',
    });
    expect(result).toMatchObject({
      kind: 'refused',
      code: 'TARGET_HISTORY',
      current: '3',
      outOfOrder: [{ version: '2' }],
      pending: [{ version: '4' }],
    });
  });
  it('begins with the last checkpoint on an empty database and skips checkpoints on others', () => {
    const names = ['1.sql', '2_checkpoint.sql', '3.sql', '4_checkpoint.sql', '5.sql'];
    expect(pending(names, [])).toEqual(['4', '5']);
    expect(pending(names, [row('1')])).toEqual(['3', '5']);
    expect(pending(names, [], { toVersion: '3' })).toEqual(['2', '3']);
    expect(pending(names, [], { toVersion: '1' })).toEqual(['1']);
  });
  it('takes up a partial file, also a checkpoint', () => {
    expect(pending(['1.sql', '2.sql', '3.sql'], [row('1'), row('2', 1, 2)])).toEqual(['2', '3']);
    expect(pending(['1.sql', '2_checkpoint.sql', '3.sql', '4_checkpoint.sql'], [row('2', 1, 2)])).toEqual(['2', '3']);
  });
  it('goes on behind a partial file that was set as resolved', () => {
    expect(pending(['1.sql', '2.sql', '3.sql'], [row('1'), row('2', 1, 2, 6)])).toEqual(['3']);
  });
  it('refuses where the partial file is gone', () => {
    expect(pending(['1.sql'], [row('1'), row('2', 1, 2)])).toBe(
      'sql/migrate: missing migration: revision "2_x.sql" is partially applied but migration file was not found',
    );
  });
  it('wants a clean database, a baseline or allow-dirty', () => {
    const dirty = { clean: { reason: 'found table "t"' } };
    expect(pending(['1.sql', '2.sql'], [], dirty)).toBe(
      'sql/migrate: connected database is not clean: found table "t". baseline version or allow-dirty is required',
    );
    expect(pending(['1.sql', '2.sql'], [], { ...dirty, allowDirty: true })).toEqual(['1', '2']);
    expect(pending(['1.sql', '2.sql'], [], { ...dirty, baseline: '1' })).toEqual(['2']);
    expect(pending(['1.sql'], [], { ...dirty, baseline: '9' })).toBe('baseline version "9" not found');
    expect(pending(['1.sql'], [], { baseline: '1', allowDirty: true })).toBe(
      'sql/migrate: baseline and allow-dirty are mutually exclusive',
    );
  });
  it('asks for the baseline row to be written', () => {
    const result = computePending({
      directory: directory('1.sql', '2.sql'),
      revisions: [],
      execOrder: 'linear',
      clean: true,
      baseline: '1',
    });
    expect(result).toMatchObject({
      kind: 'pending',
      current: '1',
      baseline: { version: '1' },
      files: [{ version: '2' }],
    });
  });
  it('stops at an amount and at a version', () => {
    const names = ['1.sql', '2.sql', '3.sql'];
    expect(pending(names, [], { amount: 2 })).toEqual(['1', '2']);
    expect(pending(names, [row('1')], { toVersion: '2' })).toEqual(['2']);
    expect(pending(names, [row('1'), row('2')], { toVersion: '2' })).toEqual([]);
    expect(pending(names, [], { toVersion: '9' })).toBe('sql/migrate: migration with version "9" not found');
    expect(pending(['20240101.sql'], [], { toVersion: '2024' })).toBe(
      'sql/migrate: migration with version "2024" not found. Did you mean "20240101"?',
    );
  });
});
