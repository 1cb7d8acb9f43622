import type { Change } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import type { PlanRules } from '../../dialect.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { quote } from '../quote.ts';
import { createIndex, createTable } from './create-table.ts';
import { isRebuild, modifyTable } from './modify-table.ts';
import { createTrigger, createView, dropTrigger, dropView } from './objects.ts';

const create = (object: SchemaObject): Statement =>
  object.kind === 'view' ? createView(object) : createTrigger(object);
const drop = (object: SchemaObject): Statement => (object.kind === 'view' ? dropView(object) : dropTrigger(object));

/** A file has one schema, which is there. */
const NOTHING = (): readonly Statement[] => [];

export const SQLITE_PLAN: PlanRules = {
  keepsOrder: true,
  emit: {
    AddSchema: NOTHING,
    DropSchema: NOTHING,
    ModifySchema: NOTHING,
    AddTable: ({ to }, context) => [
      {
        text: createTable(to, to.name, context),
        comment: `create "${to.name}" table`,
        reverse: [`DROP TABLE ${quote(to.name)}`],
      },
      ...to.indexes.map((index) => createIndex(to.name, index)),
    ],
    DropTable: ({ from }, context) => [
      {
        text: `DROP TABLE ${quote(from.name)}`,
        comment: `drop "${from.name}" table`,
        reverse: [
          createTable(from, from.name, { ...context, indent: '' }),
          ...from.indexes.map((index) => createIndex(from.name, index).text),
        ],
      },
    ],
    RenameTable: ({ from, to }) => [
      {
        text: `ALTER TABLE ${quote(from.name)} RENAME TO ${quote(to.name)}`,
        comment: `rename a table from "${from.name}" to "${to.name}"`,
        reverse: [`ALTER TABLE ${quote(to.name)} RENAME TO ${quote(from.name)}`],
      },
    ],
    ModifyTable: modifyTable,
    AddObject: ({ to }) => [create(to)],
    DropObject: ({ from }) => [drop(from)],
    ModifyObject: ({ from, to }) => [drop(from), create(to)],
  },
  frame,
};

/**
 * A table that is dropped or built anew would take rows that refer to it along, or be refused. Where views or triggers read tables, the last
 * step, a rename, would look for the table that is not there yet in each of them (sqlite.org/pragma.html#pragma_legacy_alter_table).
 */
function frame(
  statements: readonly Statement[],
  changes: readonly Change[],
  { from }: EmitContext,
): readonly Statement[] {
  const isRebuilt = changes.some((change) => change.kind === 'ModifyTable' && isRebuild(change));
  if (!isRebuilt && !changes.some(({ kind }) => kind === 'DropTable')) return statements;
  const hasReaders = isRebuilt && from.schemas.some(({ objects }) => objects.length > 0);
  return [
    pragma('foreign_keys = off', 'disable the enforcement of foreign-keys constraints'),
    ...(hasReaders ? [pragma('legacy_alter_table = on', 'rename tables without a look at views and triggers')] : []),
    ...statements,
    ...(hasReaders ? [pragma('legacy_alter_table = off', 'look at views and triggers again')] : []),
    pragma('foreign_keys = on', 'enable back the enforcement of foreign-keys constraints'),
  ];
}

const pragma = (text: string, comment: string): Statement => ({ text: `PRAGMA ${text}`, comment, reverse: [] });
