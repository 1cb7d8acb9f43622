import { describe, expect, it } from 'vitest';
import { droppedColumns } from '../../../../src/engine/dialects/dropped-columns.ts';
import { wordsOf as mysqlWords } from '../../../../src/engine/drivers/mysql/intent/words.ts';
import { wordsOf as postgresWords } from '../../../../src/engine/drivers/postgres/intent/words.ts';

describe('droppedColumns', () => {
  it.each([
    ['ALTER TABLE t DROP COLUMN c', ['t.c']],
    ['alter table if exists only "S".t drop c, drop column if exists "D" cascade', ['S.t.c', 'S.t.D']],
    ['ALTER TABLE t ALTER COLUMN c DROP DEFAULT, ALTER d DROP NOT NULL', []],
    ['ALTER TABLE t DROP CONSTRAINT k, ADD CHECK (a IN (1, 2)), DROP c', ['t.c']],
    ['ALTER TABLE t RENAME COLUMN a TO b', []],
    ['DROP TABLE t, c', []],
    ["COMMENT ON TABLE t IS 'ALTER TABLE t DROP COLUMN c'", []],
  ])('finds them in %s', (statement, expected) => {
    const found = droppedColumns(postgresWords(statement), ['constraint']);
    const shown = found.map(({ table, column }) => [table.database, table.name, column].filter(Boolean).join('.'));
    expect(shown).toEqual(expected);
  });

  it('tells a column of MySQL from what else is dropped', () => {
    const statement = 'ALTER IGNORE TABLE `d`.`t` DROP INDEX i, DROP PRIMARY KEY, DROP `index`, DROP COLUMN c';
    expect(droppedColumns(mysqlWords(statement), ['index', 'primary']).map(({ column }) => column)).toEqual([
      'index',
      'c',
    ]);
  });
});
