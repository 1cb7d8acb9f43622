import { describe, expect, it } from 'vitest';
import {
  type DirectoryFormat,
  formatNewFile,
  importDirectory,
  newVersion,
  readUnverified,
  scanStatements,
  selectFiles,
} from '../../../../src/engine/index.ts';

const statements = (content: string, format: DirectoryFormat): readonly string[] => {
  const [file] = readUnverified({ '1_a.sql': content }, format).files;
  const scanned = scanStatements(file!, 'postgres');
  return 'problem' in scanned ? [scanned.problem.text] : scanned.statements.map(({ text }) => text);
};

describe('selectFiles', () => {
  it('takes *.sql of the top level, split at the first underscore', () => {
    expect(selectFiles(['b/3.sql', '2_b_c.sql', '1.sql', 'x.SQL', 'atlas.sum'], 'atlas')).toEqual([
      { name: '1.sql', version: '1', description: '' },
      { name: '2_b_c.sql', version: '2', description: 'b_c' },
    ]);
  });
  it('orders flyway by numbers behind the newest baseline, below hidden folders nothing', () => {
    const names = [
      'V1__a.sql',
      'V1_10__c.sql',
      'V1_9__b.sql',
      'B1__base.sql',
      'R__v.sql',
      '.git/V9__x.sql',
      'U1__a.sql',
      's/V2.sql',
    ];
    expect(selectFiles(names, 'flyway').map(({ name, version }) => [name, version])).toEqual([
      ['B1__base.sql', '1'],
      ['V1_9__b.sql', '1_9'],
      ['V1_10__c.sql', '1_10'],
      ['s/V2.sql', '2'],
      ['R__v.sql', ''],
    ]);
  });
});

describe('goose', () => {
  it('runs the Up part: a line that ends with a semicolon ends a statement, a block is one', () => {
    const content =
      '-- +goose Up\nCREATE TABLE a (\n  c int\n);\nSELECT 1; -- done\nSELECT 0;\n\n-- +goose StatementBegin\nCREATE FUNCTION f() AS $$\nSELECT 1;\nSELECT 2;\n$$;\n-- +goose StatementEnd\nSELECT 3;\n\n-- +goose Down\nDROP TABLE a;\n';
    expect(statements(content, 'goose')).toEqual([
      'CREATE TABLE a (\n  c int\n);',
      'SELECT 1; -- done',
      'SELECT 0;',
      'CREATE FUNCTION f() AS $$\nSELECT 1;\nSELECT 2;\n$$;',
      'SELECT 3;',
    ]);
  });
  it('runs a file without pragmas whole', () => {
    expect(statements('SELECT 1; SELECT 2;', 'goose')).toEqual(['SELECT 1;', 'SELECT 2;']);
  });
});

describe('formatNewFile', () => {
  const names = (format: DirectoryFormat, name: string): readonly string[] =>
    formatNewFile(format, { version: '20260101000000', name }).map((file) => `${file.name}=${file.content}`);
  it('gives the files that each tool wants', () => {
    expect(names('atlas', '')).toEqual(['20260101000000.sql=']);
    expect(names('atlas', 'x')).toEqual(['20260101000000_x.sql=']);
    expect(names('golang-migrate', 'x')).toEqual(['20260101000000_x.up.sql=', '20260101000000_x.down.sql=']);
    expect(names('goose', 'x')).toEqual(['20260101000000_x.sql=-- +goose Up\n\n-- +goose Down\n']);
    expect(names('dbmate', 'x')).toEqual(['20260101000000_x.sql=-- migrate:up\n\n-- migrate:down\n']);
    expect(names('liquibase', 'x')).toEqual(['20260101000000_x.sql=--liquibase formatted sql\n']);
    expect(names('flyway', 'x')).toEqual(['V20260101000000__x.sql=', 'U20260101000000__x.sql=']);
  });
  it('names versions by the second, in UTC', () => {
    expect(newVersion(Date.UTC(2026, 10, 23, 7, 46, 42))).toBe('20261123074642');
  });
});

describe('importDirectory', () => {
  it('names the file that cannot be read', () => {
    expect(importDirectory({ '1_a.up.sql': "SELECT 'x" }, 'golang-migrate')).toMatchObject({
      kind: 'refused',
      text: `sql/migrate: scanning statements from "1_a.up.sql": 1:8: unclosed quote '\\''`,
    });
  });
  it('writes an atlas.sum that fits', () => {
    const result = importDirectory({ '1_a.up.sql': 'SELECT 1' }, 'golang-migrate');
    expect(result.kind === 'imported' && result.texts).toEqual({
      '1_a.sql': 'SELECT 1;\n',
      'atlas.sum': expect.stringMatching(/^h1:\S+\n1_a\.sql h1:\S+\n$/),
    });
  });
});
