import { describe, expect, it } from 'vitest';
import { computeDown, type DownFrom } from '../../../../src/engine/directory/compute-down.ts';
import { findNoWayBack } from '../../../../src/engine/directory/find-no-way-back.ts';
import { type RevisionMark, readUnverified } from '../../../../src/engine/index.ts';

const BACK = '-- atlas:txtar\n\n-- migration.sql --\nSELECT 1;\n-- down.sql --\nSELECT 2;\n';
const row = (version: string, applied = 1, total = 1, type = 2): RevisionMark => ({
  version,
  description: 'x',
  type,
  applied,
  total,
  partialHashes: null,
});

describe('a target that a rollout took from 1 to 3', () => {
  const directory = readUnverified(Object.fromEntries([1, 2, 3, 4].map((n) => [`${n}_x.sql`, BACK])), 'atlas');
  const down = (rows: readonly RevisionMark[], from: DownFrom): unknown => {
    const result = computeDown({ directory, revisions: rows, toVersion: '1', from });
    return result.kind === 'refused'
      ? `${result.code} ${result.text}`
      : result.versions.map(({ file }) => file.version).join(' ');
  };
  const applied: DownFrom = { version: '3', upTo: '3' };
  const failed: DownFrom = { version: '2', upTo: '3' };
  const movedOn = (at: string, from: string): string =>
    `DOWN_MOVED_ON the target is at version "${at}", not at "${from}": it is left as it is`;

  it.each([
    ['stands where it was left', [row('1'), row('2'), row('3')], applied, '3 2'],
    ['is half taken back by a try that was killed', [row('1'), row('2'), row('3', 1, 2)], applied, '3 2'],
    ['is a version on the way by a try that was killed', [row('1'), row('2')], applied, '2'],
    ['is back already', [row('1')], applied, ''],
    ['failed in the middle of the last file', [row('1'), row('2'), row('3', 1, 2)], failed, '3 2'],
    ['failed and was rolled back', [row('1'), row('2')], failed, '2'],
    ['has got another version since', [row('1'), row('2'), row('3'), row('4')], applied, movedOn('4', '3')],
    [
      'has got half of another version since',
      [row('1'), row('2'), row('3'), row('4', 1, 2)],
      applied,
      movedOn('4', '3'),
    ],
    ['failed, and was mended by hand', [row('1'), row('2'), row('3')], failed, movedOn('3', '2')],
    ['failed half, and was resolved by hand', [row('1'), row('2'), row('3', 1, 2, 6)], failed, movedOn('3', '2')],
    ['was taken back too far', [], applied, movedOn('', '3')],
  ])('that %s', (_, rows, from, expected) => {
    expect(down(rows, from)).toBe(expected);
  });
});

describe('the versions without a way back', () => {
  const plain = 'SELECT 1;\n';
  const find = (files: Readonly<Record<string, string>>, from: string, to: string): string[] =>
    findNoWayBack(readUnverified(files, 'atlas'), 'sqlite', { from, to }).map(({ text }) => text);
  const missing = (version: string): unknown =>
    expect.stringMatching(new RegExp(`^version "${version}" cannot be taken back: "${version}_x.sql" has no "-- down`));

  it('are looked for where the target was taken, newest first', () => {
    const files = { '1_x.sql': plain, '2_x.sql': plain, '3_x.sql': BACK, '4_x.sql': plain, '5_x.sql': plain };
    expect(find(files, '1', '4')).toEqual([missing('4'), missing('2')]);
    expect(find(files, '2', '3')).toEqual([]);
    expect(find(files, '4', '4')).toEqual([]);
    expect(find(files, '', '2')).toEqual([missing('2'), missing('1')]);
  });

  it('do not lie before the checkpoint that an empty target begins with', () => {
    const files = { '1_x.sql': plain, '2_x.sql': `-- atlas:checkpoint\n\n${plain}`, '3_x.sql': plain };
    expect(find(files, '', '3')).toEqual([missing('3'), missing('2')]);
    expect(find(files, '1', '3')).toEqual([missing('3')]);
    expect(find(files, '', '1')).toEqual([missing('1')]);
  });
});
