import { AppError } from '../../../../shared/errors.ts';
import type { ModifyTable, TableChange } from '../../../changes/change.ts';
import type { Properties } from '../../../schema/property.ts';
import type { Column, Index, Table } from '../../../schema/table.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { quote } from '../quote.ts';
import { SERIAL_OF } from '../type-names.ts';
import { alterColumn } from './alter-column.ts';
import { columnText } from './column.ts';
import { commentOn } from './comment.ts';
import { checkText, foreignKeyText, indexConstraintText, primaryKeyText } from './constraint.ts';
import { constraintComment, isPlain, keyName, replicaIdentity, rowSecurity } from './create-table.ts';
import { createIndex, dropIndex } from './index.ts';

/** A clause of ALTER TABLE, and those that undo it. */
interface Clause {
  readonly text: string;
  readonly reverse: readonly string[] | 'irreversible';
  /** Constraints are dropped before all else. */
  readonly isFirst?: boolean;
}

const SERIALS = new Set(SERIAL_OF.values());

/** Indexes are dropped, one ALTER TABLE, indexes are made, then renames and comments (atlas-engine.md 2.6, "alter"). */
export function modifyTable({ schema, from, to, changes }: ModifyTable, context: EmitContext): readonly Statement[] {
  const name = context.name(schema, to.name);
  const table: TableContext = { schema, from, to, name, context };
  const steps = changes.flatMap(asDropAndAdd);
  const dropped = new Set(changes.flatMap((one) => (one.kind === 'DropColumn' ? [one.from.name] : [])));
  const isGone = (columns: readonly (string | undefined)[]): boolean =>
    columns.some((column) => column !== undefined && dropped.has(column));
  const renames = changes.flatMap((change) => renameOf(table, change));
  return [
    ...steps.flatMap((change) =>
      change.kind === 'DropIndex' && isPlain(change.from) && !isGone(change.from.parts.map(({ column }) => column))
        ? [dropIndex(schema, to.name, change.from, context)]
        : [],
    ),
    ...renames,
    ...changes.flatMap((change) => serialBefore(table, change)),
    ...alterTable(table, steps, isGone),
    ...changes.flatMap((change) => serialAfter(table, change)),
    ...steps.flatMap((change) =>
      change.kind === 'AddIndex' && isPlain(change.to) ? createIndex(schema, to.name, change.to, context) : [],
    ),
    ...changes.flatMap((change) => settingsOf(table, change)),
    ...changes.flatMap((change) => commentsOf(table, change)),
  ];
}

interface TableContext {
  readonly schema: string;
  readonly from: Table;
  readonly to: Table;
  /** As statements have it. */
  readonly name: string;
  readonly context: EmitContext;
}

/** What cannot be altered is dropped and made anew. A comment alone can. */
function asDropAndAdd(change: TableChange): readonly TableChange[] {
  switch (change.kind) {
    case 'ModifyPrimaryKey':
      return isComment(change.changed)
        ? []
        : [
            { kind: 'DropPrimaryKey', from: change.from },
            { kind: 'AddPrimaryKey', to: change.to },
          ];
    case 'ModifyForeignKey':
      return isComment(change.changed)
        ? []
        : [
            { kind: 'DropForeignKey', from: change.from },
            { kind: 'AddForeignKey', to: change.to },
          ];
    case 'ModifyIndex':
      return isComment(change.changed)
        ? []
        : [
            { kind: 'DropIndex', from: change.from },
            { kind: 'AddIndex', to: change.to },
          ];
    default:
      return [change];
  }
}

const isComment = (changed: readonly string[]): boolean => changed.every((aspect) => aspect === 'comment');

function alterTable(
  table: TableContext,
  changes: readonly TableChange[],
  isGone: (columns: readonly (string | undefined)[]) => boolean,
): readonly Statement[] {
  const clauses = changes.flatMap((change) => clausesOf(table, change, isGone));
  if (clauses.length === 0) return [];
  const sorted = [...clauses.filter(({ isFirst }) => isFirst), ...clauses.filter(({ isFirst }) => !isFirst)];
  const reverse = sorted.map((clause) => clause.reverse).toReversed();
  const isReversible = reverse.every((one) => one !== 'irreversible');
  return [
    {
      text: `ALTER TABLE ${table.name} ${sorted.map(({ text }) => text).join(', ')}`,
      comment: `modify "${table.to.name}" table`,
      reverse: isReversible ? [`ALTER TABLE ${table.name} ${reverse.flat().join(', ')}`] : 'irreversible',
    },
  ];
}

function clausesOf(
  table: TableContext,
  change: TableChange,
  isGone: (columns: readonly (string | undefined)[]) => boolean,
): readonly Clause[] {
  const { schema, context } = table;
  switch (change.kind) {
    case 'AddColumn':
      return [
        {
          text: `ADD COLUMN ${columnText(schema, change.to, context)}`,
          reverse: [`DROP COLUMN ${quote(change.to.name)}`],
        },
      ];
    case 'DropColumn':
      return [
        {
          text: `DROP COLUMN ${quote(change.from.name)}`,
          reverse: [
            `ADD COLUMN ${columnText(schema, change.from, context)}`,
            // Constraints that went with it.
            ...table.from.indexes
              .filter((index) => goesWith(index, change.from))
              .map((one) => `ADD ${indexConstraintText(one)}`),
            ...table.from.foreignKeys
              .filter(({ columns }) => columns.includes(change.from.name))
              .map((key) => `ADD ${foreignKeyText(schema, key, context)}`),
          ],
        },
      ];
    case 'ModifyColumn': {
      const { from, to, changed } = change;
      const name = table.to.name;
      const undo = changed.includes('generated') && to.generated === undefined;
      return alterColumn(schema, name, { from, to, changed }, context).length === 0
        ? []
        : [
            {
              text: alterColumn(schema, name, { from, to, changed }, context).join(', '),
              reverse: undo
                ? 'irreversible'
                : alterColumn(schema, name, { from: to, to: from, changed }, context).toReversed(),
            },
          ];
    }
    case 'AddPrimaryKey':
      return [{ text: `ADD ${primaryKeyText(change.to)}`, reverse: [`DROP CONSTRAINT ${quote(keyName(table.to))}`] }];
    case 'DropPrimaryKey':
      return isGone(change.from.parts.map(({ column }) => column))
        ? []
        : [{ ...dropConstraint(keyName(table.from), primaryKeyText(change.from)), isFirst: true }];
    case 'AddIndex':
      return isPlain(change.to)
        ? []
        : [{ text: `ADD ${indexConstraintText(change.to)}`, reverse: [`DROP CONSTRAINT ${quote(change.to.name)}`] }];
    case 'DropIndex':
      return isPlain(change.from) || isGone(change.from.parts.map(({ column }) => column))
        ? []
        : [{ ...dropConstraint(change.from.name, indexConstraintText(change.from)), isFirst: true }];
    case 'AddForeignKey':
      return [
        {
          text: `ADD ${foreignKeyText(schema, change.to, context)}`,
          reverse: change.to.name === '' ? 'irreversible' : [`DROP CONSTRAINT ${quote(change.to.name)}`],
        },
      ];
    case 'DropForeignKey':
      return isGone(change.from.columns)
        ? []
        : [{ ...dropConstraint(change.from.name, foreignKeyText(schema, change.from, context)), isFirst: true }];
    case 'AddCheck':
      return [
        {
          text: `ADD ${checkText(change.to)}`,
          reverse: change.to.name === '' ? 'irreversible' : [`DROP CONSTRAINT ${quote(change.to.name)}`],
        },
      ];
    case 'DropCheck':
      return [{ ...dropConstraint(change.from.name, checkText(change.from)), isFirst: true }];
    case 'ModifyCheck': {
      if (isComment(change.changed)) return [];
      const name = change.from.name;
      const to = { ...change.to, name };
      return [
        {
          text: `DROP CONSTRAINT ${quote(name)}, ADD ${checkText(to)}`,
          reverse: [`DROP CONSTRAINT ${quote(name)}`, `ADD ${checkText(change.from)}`],
        },
      ];
    }
    case 'ModifyProperties':
      return propertyClauses(table, change.changed);
    default:
      return [];
  }
}

const goesWith = (index: Index, column: Column): boolean =>
  !isPlain(index) && index.parts.some((part) => part.column === column.name);

const dropConstraint = (name: string, add: string): Clause => ({
  text: `DROP CONSTRAINT ${quote(name)}`,
  reverse: [`ADD ${add}`],
});

/** @throws AppError SCHEMA_CHANGE_IMPOSSIBLE for a partition key */
function propertyClauses({ from, to }: TableContext, changed: readonly string[]): readonly Clause[] {
  return changed.flatMap((aspect): readonly Clause[] => {
    switch (aspect) {
      case 'unlogged': {
        const [set, undo] = to.properties.unlogged === true ? ['UNLOGGED', 'LOGGED'] : ['LOGGED', 'UNLOGGED'];
        return [{ text: `SET ${set}`, reverse: [`SET ${undo}`] }];
      }
      case 'access_method': {
        const [before, after] = [from, to].map(({ properties }) => quote(String(properties.access_method ?? 'heap')));
        return [{ text: `SET ACCESS METHOD ${after}`, reverse: [`SET ACCESS METHOD ${before}`] }];
      }
      case 'storage_params':
        return storageClauses(paramsOf(from), paramsOf(to));
      case 'partition':
        throw new AppError(
          'SCHEMA_CHANGE_IMPOSSIBLE',
          `changing the partition key of table "${to.name}" is not supported (drop and add is required)`,
          { next: 'make a new partitioned table, copy the rows and swap the names' },
        );
      default:
        return [];
    }
  });
}

const paramsOf = ({ properties }: Table): Properties => (properties.storage_params ?? {}) as Properties;

function storageClauses(from: Properties, to: Properties): readonly Clause[] {
  const forward = storageChange(from, to);
  return forward.length === 0 ? [] : [{ text: forward.join(', '), reverse: storageChange(to, from) }];
}

function storageChange(from: Properties, to: Properties): readonly string[] {
  const set = Object.entries(to).filter(([name, value]) => String(from[name]) !== String(value));
  const reset = Object.keys(from).filter((name) => to[name] === undefined);
  return [
    ...(set.length === 0 ? [] : [`SET (${set.map(([name, value]) => `${name} = ${String(value)}`).join(', ')})`]),
    ...(reset.length === 0 ? [] : [`RESET (${reset.join(', ')})`]),
  ];
}

function renameOf({ schema, name, to, context }: TableContext, change: TableChange): readonly Statement[] {
  if (change.kind === 'RenameColumn') {
    const [before, after] = [quote(change.from.name), quote(change.to.name)];
    return [
      {
        text: `ALTER TABLE ${name} RENAME COLUMN ${before} TO ${after}`,
        comment: `rename a column from "${change.from.name}" to "${change.to.name}"`,
        reverse: [`ALTER TABLE ${name} RENAME COLUMN ${after} TO ${before}`],
      },
    ];
  }
  if (change.kind !== 'RenameIndex') return [];
  const rename = (before: string, after: string): string =>
    isPlain(change.from)
      ? `ALTER INDEX ${context.name(schema, before)} RENAME TO ${quote(after)}`
      : `ALTER TABLE ${context.name(schema, to.name)} RENAME CONSTRAINT ${quote(before)} TO ${quote(after)}`;
  return [
    {
      text: rename(change.from.name, change.to.name),
      comment: `rename an index from "${change.from.name}" to "${change.to.name}"`,
      reverse: [rename(change.to.name, change.from.name)],
    },
  ];
}

const isSerial = ({ type }: Column): boolean => SERIALS.has(type.text);

/** The sequence of a column that becomes serial is there first (atlas-engine.md 2.6, "serial"). */
function serialBefore({ schema, name, to, context }: TableContext, change: TableChange): readonly Statement[] {
  if (change.kind !== 'ModifyColumn' || isSerial(change.from) || !isSerial(change.to)) return [];
  const sequence = context.name(schema, `${to.name}_${change.to.name}_seq`);
  return [
    {
      text: `CREATE SEQUENCE IF NOT EXISTS ${sequence} OWNED BY ${name}.${quote(change.to.name)}`,
      comment: `create sequence for serial column "${change.to.name}"`,
      reverse: [`DROP SEQUENCE IF EXISTS ${sequence}`],
    },
  ];
}

function serialAfter({ schema, name, to, context }: TableContext, change: TableChange): readonly Statement[] {
  if (change.kind !== 'ModifyColumn' || !isSerial(change.from) || isSerial(change.to)) return [];
  const sequence = context.name(schema, `${to.name}_${change.to.name}_seq`);
  return [
    {
      text: `DROP SEQUENCE IF EXISTS ${sequence}`,
      comment: `drop sequence used by serial column "${change.to.name}"`,
      reverse: [`CREATE SEQUENCE IF NOT EXISTS ${sequence} OWNED BY ${name}.${quote(change.to.name)}`],
    },
  ];
}

function settingsOf({ name, from, to }: TableContext, change: TableChange): readonly Statement[] {
  if (change.kind !== 'ModifyProperties') return [];
  const identity = ({ properties }: Table): string | undefined =>
    properties.replica_identity === undefined ? undefined : String(properties.replica_identity);
  const security = ({ properties }: Table): Properties | undefined => properties.row_security as Properties | undefined;
  return [
    ...rowSecurity(name, to.name, security(from), security(to)),
    ...replicaIdentity(name, to.name, identity(from), identity(to)),
  ];
}

function commentsOf({ schema, name, from, to, context }: TableContext, change: TableChange): readonly Statement[] {
  const column = (one: Column, before: Column | undefined): readonly Statement[] =>
    commentOn(
      'COLUMN',
      `${name}.${quote(one.name)}`,
      `column: "${one.name}" on table: "${to.name}"`,
      before?.properties.comment,
      one.properties.comment,
    );
  switch (change.kind) {
    case 'ModifyProperties':
      return commentOn('TABLE', name, `table: "${to.name}"`, from.properties.comment, to.properties.comment);
    case 'AddColumn':
      return column(change.to, undefined);
    case 'ModifyColumn':
      return column(change.to, change.from);
    case 'AddPrimaryKey':
      return constraintComment(name, to.name, keyName(to), undefined, change.to.properties.comment);
    case 'AddForeignKey':
    case 'AddCheck':
      return constraintComment(name, to.name, change.to.name, undefined, change.to.properties.comment);
    case 'AddIndex':
      return isPlain(change.to)
        ? []
        : constraintComment(name, to.name, change.to.name, undefined, change.to.properties.comment);
    case 'ModifyPrimaryKey':
      return constraintComment(
        name,
        to.name,
        keyName(to),
        isComment(change.changed) ? change.from.properties.comment : undefined,
        change.to.properties.comment,
      );
    case 'ModifyForeignKey':
    case 'ModifyCheck':
      return constraintComment(
        name,
        to.name,
        change.to.name,
        isComment(change.changed) ? change.from.properties.comment : undefined,
        change.to.properties.comment,
      );
    case 'ModifyIndex': {
      if (!isComment(change.changed))
        return isPlain(change.to)
          ? []
          : constraintComment(name, to.name, change.to.name, undefined, change.to.properties.comment);
      return isPlain(change.to)
        ? commentOn(
            'INDEX',
            context.name(schema, change.to.name),
            `index: "${change.to.name}" on table: "${to.name}"`,
            change.from.properties.comment,
            change.to.properties.comment,
          )
        : constraintComment(
            name,
            to.name,
            change.to.name,
            change.from.properties.comment,
            change.to.properties.comment,
          );
    }
    default:
      return [];
  }
}
