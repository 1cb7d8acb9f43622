import type { ModifyTable, TableChange } from '../../../changes/change.ts';
import { isSql } from '../../../schema/property.ts';
import type { Column, Table } from '../../../schema/table.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { MAIN } from '../main.ts';
import { quote } from '../quote.ts';
import { columnText, createIndex, createTable, defaultValue, dropIndex } from './create-table.ts';
import { createTrigger } from './objects.ts';

/** What ALTER TABLE of SQLite can do is done by it; for all else the table is built anew (sqlite.org/lang_altertable.html, 7). */
export function modifyTable(change: ModifyTable, context: EmitContext): readonly Statement[] {
  return change.changes.every(isAlterable)
    ? change.changes.flatMap((one) => alter(change.to, one))
    : rebuild(change, context);
}

/** Whether a plan of this change drops a table. */
export const isRebuild = ({ changes }: ModifyTable): boolean => !changes.every(isAlterable);

function isAlterable(change: TableChange): boolean {
  switch (change.kind) {
    case 'AddIndex':
    case 'RenameColumn':
      return true;
    case 'DropIndex':
    case 'RenameIndex':
      // That of a constraint goes only with its table.
      return change.from.properties.constraint !== true;
    case 'AddColumn':
      return isAddable(change.to);
    default:
      return false;
  }
}

/** ALTER TABLE ADD COLUMN takes a NOT NULL column only with a default, and no default that is computed (sqlite.org/lang_altertable.html, 4). */
function isAddable({ default: value, generated, properties }: Column): boolean {
  if (generated?.storage === 'STORED' || properties.auto_increment === true) return false;
  return !isSql(value) || !/^\(|current_/i.test(value.sql);
}

function alter(table: Table, change: TableChange): readonly Statement[] {
  const on = quote(table.name);
  switch (change.kind) {
    case 'AddIndex':
      return [createIndex(table.name, change.to)];
    case 'DropIndex':
      return [dropIndex(table.name, change.from)];
    case 'RenameIndex':
      return [dropIndex(table.name, change.from), createIndex(table.name, change.to)];
    case 'RenameColumn': {
      const [from, to] = [quote(change.from.name), quote(change.to.name)];
      return [
        {
          text: `ALTER TABLE ${on} RENAME COLUMN ${from} TO ${to}`,
          comment: `rename a column from "${change.from.name}" to "${change.to.name}"`,
          reverse: [`ALTER TABLE ${on} RENAME COLUMN ${to} TO ${from}`],
        },
      ];
    }
    case 'AddColumn':
      return [
        {
          text: `ALTER TABLE ${on} ADD COLUMN ${columnText(change.to, false)}`,
          comment: `add column "${change.to.name}" to table: "${table.name}"`,
          reverse: [`ALTER TABLE ${on} DROP COLUMN ${quote(change.to.name)}`],
        },
      ];
    default:
      return [];
  }
}

/** The twelve steps, with foreign keys off around the plan: a new table, its rows, the old one's name, then what went with the old one. */
function rebuild({ from, to, changes }: ModifyTable, context: EmitContext): readonly Statement[] {
  const temporary = `new_${to.name}`;
  const copied = copyOf({ to, changes });
  const [columns, values] = [copied.map(({ name }) => quote(name)), copied.map(({ value }) => value)];
  const triggers = triggersOf(to.name, context);
  return [
    {
      text: createTable(to, temporary, context),
      comment: `create "${temporary}" table`,
      reverse: [`DROP TABLE ${quote(temporary)}`],
    },
    ...(copied.length === 0
      ? []
      : [
          {
            text: `INSERT INTO ${quote(temporary)} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${quote(from.name)}`,
            comment: `copy rows from old table "${from.name}" to new temporary table "${temporary}"`,
            reverse: 'irreversible' as const,
          },
        ]),
    {
      text: `DROP TABLE ${quote(from.name)}`,
      comment: `drop "${from.name}" table ${copied.length === 0 ? 'without copying rows (no columns)' : 'after copying rows'}`,
      reverse: 'irreversible',
    },
    {
      text: `ALTER TABLE ${quote(temporary)} RENAME TO ${quote(to.name)}`,
      comment: `rename temporary table "${temporary}" to "${to.name}"`,
      reverse: 'irreversible',
    },
    ...to.indexes.map((index) => createIndex(to.name, index)),
    ...triggers.map((trigger) => createTrigger(trigger)),
  ];
}

interface Copied {
  readonly name: string;
  /** What is selected of the old table. */
  readonly value: string;
}

function copyOf({ to, changes }: Pick<ModifyTable, 'to' | 'changes'>): readonly Copied[] {
  const added = new Set(changes.flatMap((change) => (change.kind === 'AddColumn' ? [change.to.name] : [])));
  return to.columns
    .filter(({ name, generated }) => !added.has(name) && generated === undefined)
    .map((column): Copied => {
      const { name } = column;
      const old = changes.find((change) => change.kind === 'RenameColumn' && change.to.name === name);
      const source = quote(old?.kind === 'RenameColumn' ? old.from.name : name);
      const modified = changes.find((change) => change.kind === 'ModifyColumn' && change.to.name === name);
      const isFilled =
        modified?.kind === 'ModifyColumn' &&
        modified.changed.some((aspect) => aspect === 'null' || aspect === 'default') &&
        !column.isNullable;
      const fallback = isFilled ? defaultValue(column) : undefined;
      const target = quote(name);
      return { name, value: fallback === undefined ? source : `IFNULL(${source}, ${fallback}) AS ${target}` };
    });
}

/** Those that stand on the table before and after: a table takes its triggers with it when it is dropped. Changed and new ones have statements of their own. */
function triggersOf(table: string, { from, to }: EmitContext) {
  const of = (realm: EmitContext['from']) =>
    (realm.schemas.find(({ name }) => name === MAIN)?.objects ?? []).filter(
      ({ kind, on }) => kind === 'trigger' && on === table,
    );
  const after = new Map(of(to).map((trigger) => [trigger.name, trigger]));
  return of(from).flatMap(({ name }) => after.get(name) ?? []);
}
