import { expect, it } from 'vitest';
import { statementKind } from '../../../src/app/statement-kind.ts';

it.each([
  ['ALTER TABLE t ADD c int', 'alter_table'],
  ['/* x */ create unique index i on t(c)', 'create_index'],
  ['-- note\nINSERT INTO t VALUES (1)', 'insert'],
  ['create or replace function f() returns int', 'create_function'],
  ['CREATE ROLE x', 'create_other'],
  ['frobnicate the_tenant', 'other'],
])('%s is %s', (sql, kind) => {
  expect(statementKind(sql)).toBe(kind);
});
