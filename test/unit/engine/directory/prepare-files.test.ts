import { describe, expect, it } from 'vitest';
import { prepareFiles, type RevisionMark, readUnverified, resumeAt } from '../../../../src/engine/index.ts';

const prepare = (content: string, txMode = 'file'): ReturnType<typeof prepareFiles> =>
  prepareFiles(readUnverified({ '1_a.sql': content }, 'atlas').files, 'sqlite', txMode);
const textOf = (content: string, txMode = 'file'): string => {
  const result = prepare(content, txMode);
  return result.kind === 'refused' ? result.text : (result.files[0]?.txMode ?? '');
};

describe('prepareFiles', () => {
  it('takes the mode of the flag, or of the file', () => {
    expect(textOf('SELECT 1;', 'all')).toBe('all');
    expect(textOf('-- atlas:txmode none\n\nSELECT 1;')).toBe('none');
    expect(textOf('-- hello\n-- atlas:txmode none\n \t\nSELECT 1;')).toBe('none');
  });
  it('takes a directive without an empty line behind it for a comment', () => {
    expect(textOf('-- atlas:txmode none\nSELECT 1;')).toBe('file');
    expect(textOf('\n-- atlas:txmode none\n\nSELECT 1;')).toBe('file');
  });
  it('refuses bad modes before anything is run', () => {
    expect(textOf('SELECT 1;', 'bad')).toBe('unknown tx-mode "bad"');
    expect(textOf('-- atlas:txmode all\n\nSELECT 1;')).toBe(
      'txmode "all" is not allowed in file directive "1_a.sql". Use "file" instead',
    );
    expect(textOf('-- atlas:txmode foo\n\nSELECT 1;')).toBe('unknown txmode "foo" found in file directive "1_a.sql"');
    expect(textOf('-- atlas:txmode none\n\nSELECT 1;', 'all')).toBe(
      'cannot set txmode directive to "none" in "1_a.sql" when txmode "all" is set globally',
    );
    expect(textOf('-- atlas:txmode none\n-- atlas:txmode file\n\nSELECT 1;')).toBe(
      'multiple txmode values found in file "1_a.sql": ["none" "file"]',
    );
  });
  it('refuses what cannot be scanned and what has no checksum', () => {
    expect(textOf('CREATE TABLE t (id int;')).toBe(
      `sql/migrate: scanning statements from "1_a.sql": 1:16: unclosed '('`,
    );
    expect(textOf('-- atlas:sum ignore\nSELECT 1;')).toBe(
      'sql/migrate: scanning checksum from "1_a.sql": checksum not found',
    );
  });
  it('runs only the migration section of an archive', () => {
    const content =
      '-- atlas:txtar\n\n-- checks.sql --\nSELECT 1;\n\n-- migration.sql --\nDROP TABLE a;\nDROP TABLE b;\n-- down.sql --\nCREATE TABLE a (c int);\n';
    const result = prepare(content);
    expect(result.kind === 'prepared' && result.files[0]?.statements.map(({ text }) => text)).toEqual([
      'DROP TABLE a;',
      'DROP TABLE b;',
    ]);
    const archive = result.kind === 'prepared' ? result.files[0]?.file.archive : undefined;
    expect(archive?.checks.map(({ text }) => text)).toEqual(['SELECT 1;\n\n']);
    expect(archive?.down?.text).toBe('CREATE TABLE a (c int);\n');
    const [first] = result.kind === 'prepared' ? (result.files[0]?.statements ?? []) : [];
    expect(content.slice(first?.offset).startsWith('DROP TABLE a;')).toBe(true);
  });
  it('knows an archive without the empty line, and refuses one without a migration', () => {
    expect(textOf('-- atlas:txtar\n-- down.sql --\nDROP TABLE a;')).toContain('has no "-- migration.sql --" section');
  });
  it('reads the mode in the migration section, too', () => {
    expect(textOf('-- atlas:txtar\n\n-- migration.sql --\n-- atlas:txmode none\n\nSELECT 1;')).toBe('none');
  });
  it('names the line in the file of a mistake in a section', () => {
    expect(textOf('-- atlas:txtar\n\n-- migration.sql --\nSELECT (1;')).toBe(
      `sql/migrate: scanning statements from "1_a.sql": 4:8: unclosed '('`,
    );
  });
});

describe('resumeAt', () => {
  const [file] = (() => {
    const result = prepare('SELECT 1;\nSELECT 2;\nSELECT 3;');
    return result.kind === 'prepared' ? result.files : [];
  })();
  const row = (applied: number, partialHashes: readonly string[] | null): RevisionMark => ({
    version: '1',
    description: 'a',
    type: 2,
    applied,
    total: 3,
    partialHashes,
  });
  it('goes on behind what is done', () => {
    expect(resumeAt(file!, undefined)).toEqual({ kind: 'resume', done: 0 });
    expect(resumeAt(file!, row(2, file!.partialHashes.slice(0, 2)))).toEqual({ kind: 'resume', done: 2 });
  });
  it('refuses a changed, an unprovable and a vanished statement', () => {
    expect(resumeAt(file!, row(2, [file!.partialHashes[0]!, 'h1:x']))).toMatchObject({
      text: 'sql/migrate: history changed: statement 2 from file "1_a.sql" changed',
    });
    expect(resumeAt(file!, row(1, null))).toMatchObject({ kind: 'refused' });
    expect(resumeAt(file!, row(4, [...file!.partialHashes, 'h1:x']))).toMatchObject({
      text: 'sql/migrate: history changed: statement 4 from file "1_a.sql" changed',
    });
  });
});
