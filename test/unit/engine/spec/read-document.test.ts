import { describe, expect, it } from 'vitest';
import { SQLITE } from '../../../../src/engine/dialects/sqlite/dialect.ts';
import { readDocument } from '../../../../src/engine/spec/read-document.ts';

const read = (text: string) => readDocument(SQLITE, [{ file: 'a.hcl', text: `schema "main" {}\n${text}` }]);
const said = (text: string) => read(text).diagnostics.map(({ summary, detail }) => `${summary}: ${detail}`);
const table = (body: string): string => `table "t" {\nschema = schema.main\ncolumn "a" {\ntype = int\n}\n${body}\n}\n`;

describe('a schema document', () => {
  it.each([
    [
      'an unknown reference',
      table('index "i" {\ncolumns = [column.b]\n}'),
      'This object does not have an attribute named "b".',
    ],
    [
      'a column twice',
      table('column "a" {\ntype = int\n}'),
      'Duplicate column: column "a" stands in the table already.',
    ],
    [
      'two primary keys',
      table('primary_key {\ncolumns = [column.a]\n}\nprimary_key {\ncolumns = [column.a]\n}'),
      'Duplicate primary_key',
    ],
    [
      'on and columns',
      table('index "i" {\ncolumns = [column.a]\non {\ncolumn = column.a\n}\n}'),
      'multiple definitions for index "i": use "columns" or "on", not both.',
    ],
    ['an index of nothing', table('index "i" {\n}'), 'missing definition for index "i"'],
    ['a type that is none', table('column "b" {\ntype = txt\n}'), 'unknown type "txt" of sqlite. Did you mean "text"?'],
    ['a type with wrong sizes', table('column "b" {\ntype = decimal(1, 2, 3)\n}'), 'takes at most two sizes'],
    ['a table without schema', 'table "t" {\n}', 'The argument "schema" is required'],
    [
      'an action that is none',
      table('foreign_key "f" {\ncolumns = [column.a]\nref_columns = [column.a]\non_delete = EXPLODE\n}'),
      '"on_delete" is one of NO_ACTION, RESTRICT, CASCADE, SET_NULL, SET_DEFAULT.',
    ],
    ['a check without expression', table('check "c" {\n}'), 'The argument "expr" is required'],
    ['a variable without value', 'variable "v" {\ntype = string\n}', 'missing value for required variable "v"'],
    [
      'a circle of locals',
      'locals {\na = local.b\nb = local.a\n}\ntable "t" {\nschema = schema.main\ncolumn "a" {\ntype = int\ndefault = local.a\n}\n}',
      'cyclic reference to "local.a"',
    ],
    ['a word that is nothing here', table('engine = InnoDB'), 'argument "engine" of "table" means nothing to sqlite.'],
    ['a block that is nothing here', 'enum "e" {\n}', 'block "enum" means nothing to sqlite.'],
  ])('says what is wrong with %s', (_, text, expected) => {
    expect(said(text).join('\n')).toContain(expected);
  });

  it('names all mistakes, each at its place', () => {
    const { diagnostics } = read(table('column "b" {\ntype = txt\n}\nindex "i" {\ncolumns = [column.x]\n}'));
    expect(diagnostics.map(({ subject }) => subject?.start.line)).toEqual([8, 11]);
  });

  it('names what is wrong in a table whose schema is not there', () => {
    const problems = said(
      'table "t" {\nschema = schema.mian\ncolumn "a" {\ntype = itn\n}\ncolumn "a" {\ntype = int\n}\n}',
    );
    expect(problems).toEqual([
      expect.stringContaining('"mian"'),
      expect.stringContaining('unknown type "itn"'),
      expect.stringContaining('column "a" stands in the table already'),
    ]);
  });

  it('makes one table for each element of for_each, with variables, locals and functions', () => {
    const { realm, diagnostics } = readDocument(SQLITE, [
      {
        file: 'a.hcl',
        text: `schema "main" {}
locals { names = [for n in ["x", "y"] : upper(n)] }
table "t" {
  for_each = toset(local.names)
  name = "t_\${each.value}"
  schema = schema.main
  column "a" {
    type = varchar(20)
    default = each.value
  }
}`,
      },
    ]);
    expect(diagnostics).toEqual([]);
    expect(realm.schemas[0]?.tables.map(({ name, columns }) => [name, columns[0]?.default])).toEqual([
      ['t_X', 'X'],
      ['t_Y', 'Y'],
    ]);
  });
});
