import { AppError } from '../../../../shared/errors.ts';
import type { ModifyTable, TableChange } from '../../../changes/change.ts';
import type { Properties } from '../../../schema/property.ts';
import type { Column, Table } from '../../../schema/table.ts';
import { literal } from '../../sql-text.ts';
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
  /** Constraints are dropped before all else (1), foreign keys before the keys that they refer to (0). */
  readonly rank?: 0 | 1;
}

const SERIALS = new Set(SERIAL_OF.values());

/** Indexes are dropped, one ALTER TABLE, indexes are made, then renames and comments (atlas-engine.md 2.6, "alter"). */
export function modifyTable(change: ModifyTable, context: EmitContext): readonly Statement[] {
  const swapped = change.changes.flatMap(inTwoSteps);
  if (swapped.length > 0) {
    const others = change.changes.filter((one) => inTwoSteps(one).length === 0);
    return [
      ...alterOnce({ ...change, changes: swapped.map(({ first }) => first) }, context),
      ...alterOnce({ ...change, changes: [...others, ...swapped.map(({ second }) => second)] }, context),
    ];
  }
  return alterOnce(change, context);
}

/** What a column counts by goes before its type or default changes, and comes after: in one ALTER TABLE they would be in each other's way. */
function inTwoSteps(change: TableChange): readonly { readonly first: TableChange; readonly second: TableChange }[] {
  if (change.kind !== 'ModifyColumn') return [];
  const { from, to, changed } = change;
  if (from.generated !== undefined && to.generated === undefined && changed.length > 1) {
    // What is computed has a type of its own until it is not computed any more.
    const { generated: __, ...plain } = from;
    const rest = changed.filter((aspect) => aspect !== 'generated');
    return [
      { first: { ...change, to: plain, changed: ['generated'] }, second: { ...change, from: plain, changed: rest } },
    ];
  }
  if (!changed.includes('identity')) return [];
  const gains = to.properties.identity !== undefined;
  const others = changed.filter((aspect) => aspect !== 'identity');
  const isAlone = !others.some((aspect) => aspect === 'type' || aspect === 'default');
  if (isAlone || gains === (from.properties.identity !== undefined)) return [];
  const { identity: _, ...properties } = (gains ? to : from).properties;
  const between: Column = { ...(gains ? to : from), properties };
  return [
    {
      first: { ...change, to: between, changed: gains ? others : ['identity'] },
      second: { ...change, from: between, changed: gains ? ['identity'] : others },
    },
  ];
}

function alterOnce({ schema, from, to, changes }: ModifyTable, context: EmitContext): readonly Statement[] {
  const table: TableContext = { schema, from, to, name: context.name(schema, to.name), context };
  const dropped = new Set(changes.flatMap((one) => (one.kind === 'DropColumn' ? [one.from.name] : [])));
  const [gone, steps] = partition(changes.flatMap(asDropAndAdd), (change) =>
    goesWithColumn(from.name, change, dropped),
  );
  const indexes = (kind: 'AddIndex' | 'DropIndex') => steps.filter((change) => change.kind === kind);
  return [
    ...indexes('DropIndex').flatMap((change) =>
      change.kind === 'DropIndex' && isPlain(change.from) ? [dropIndex(schema, to.name, change.from, context)] : [],
    ),
    ...changes.flatMap((change) => renameOf(table, change)),
    ...changes.flatMap((change) => serialBefore(table, change)),
    ...alterTable(table, steps, gone),
    ...changes.flatMap((change) => serialAfter(table, change)),
    ...changes.flatMap((change) => goOnCounting(table, change)),
    ...indexes('AddIndex').flatMap((change) =>
      change.kind === 'AddIndex' && isPlain(change.to) ? createIndex(schema, to.name, change.to, context) : [],
    ),
    ...changes.flatMap((change) => settingsOf(table, change)),
    ...changes.flatMap((change) => commentsOf(table, change)),
  ];
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

/** What the server drops along with a column: there is no statement for it, but one that undoes it (atlas-engine.md 2.6, "auto skips"). */
function goesWithColumn(table: string, change: TableChange, dropped: ReadonlySet<string>): boolean {
  switch (change.kind) {
    case 'DropIndex': {
      const { include } = change.from.properties;
      const named = [...change.from.parts.map(({ column }) => column), ...(Array.isArray(include) ? include : [])];
      return named.some((column) => dropped.has(String(column)));
    }
    case 'DropForeignKey':
      // One that refers to its own table stands in the way of the other column.
      return change.from.references.table !== table && change.from.columns.some((column) => dropped.has(column));
    default:
      return false;
  }
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

/** @param gone what goes along with a dropped column, and comes back when that does */
function alterTable(
  table: TableContext,
  changes: readonly TableChange[],
  gone: readonly TableChange[],
): readonly Statement[] {
  const { schema, from, context } = table;
  const clauses = changes.flatMap((change) => clausesOf(table, change));
  if (clauses.length === 0) return [];
  const sorted = clauses.toSorted((a, b) => (a.rank ?? 2) - (b.rank ?? 2));
  const reverse = [
    ...sorted.map((clause) => clause.reverse).toReversed(),
    ...gone.flatMap((change) => clausesOf(table, change)).map((clause) => clause.reverse),
  ];
  const isReversible = reverse.every((one) => one !== 'irreversible');
  const indexes = gone.flatMap((change) =>
    change.kind === 'DropIndex' && isPlain(change.from) ? createIndex(schema, from.name, change.from, context) : [],
  );
  return [
    {
      text: `ALTER TABLE ${table.name} ${sorted.map(({ text }) => text).join(', ')}`,
      comment: `modify "${table.to.name}" table`,
      reverse: isReversible
        ? [
            `ALTER TABLE ${table.name} ${reverse.flat().join(', ')}`,
            ...[...indexes, ...[...changes, ...gone].flatMap((change) => commentBack(table, change))].map(
              ({ text }) => text,
            ),
          ]
        : 'irreversible',
    },
  ];
}

/** What was said of something that is dropped. */
function commentBack({ name, from }: TableContext, change: TableChange): readonly Statement[] {
  switch (change.kind) {
    case 'DropColumn':
      return commentOn('COLUMN', `${name}.${quote(change.from.name)}`, '', undefined, change.from.properties.comment);
    case 'DropPrimaryKey':
      return constraintComment(name, from.name, keyName(from), undefined, change.from.properties.comment);
    case 'DropIndex':
      return isPlain(change.from)
        ? []
        : constraintComment(name, from.name, change.from.name, undefined, change.from.properties.comment);
    case 'DropForeignKey':
    case 'DropCheck':
    case 'ModifyCheck':
      return constraintComment(name, from.name, change.from.name, undefined, change.from.properties.comment);
    default:
      return [];
  }
}

function clausesOf(table: TableContext, change: TableChange): readonly Clause[] {
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
          reverse: [`ADD COLUMN ${columnText(schema, change.from, context)}`],
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
      return [{ ...dropConstraint(keyName(table.from), primaryKeyText(change.from)), rank: 1 }];
    case 'AddIndex':
      return isPlain(change.to)
        ? []
        : [{ text: `ADD ${indexConstraintText(change.to)}`, reverse: [`DROP CONSTRAINT ${quote(change.to.name)}`] }];
    case 'DropIndex':
      return isPlain(change.from)
        ? []
        : [{ ...dropConstraint(change.from.name, indexConstraintText(change.from)), rank: 1 }];
    case 'AddForeignKey':
      return [
        {
          text: `ADD ${foreignKeyText(schema, change.to, context)}`,
          reverse: change.to.name === '' ? 'irreversible' : [`DROP CONSTRAINT ${quote(change.to.name)}`],
        },
      ];
    case 'DropForeignKey':
      return [{ ...dropConstraint(change.from.name, foreignKeyText(schema, change.from, context)), rank: 0 }];
    case 'AddCheck':
      return [
        {
          text: `ADD ${checkText(change.to)}`,
          reverse: change.to.name === '' ? 'irreversible' : [`DROP CONSTRAINT ${quote(change.to.name)}`],
        },
      ];
    case 'DropCheck':
      return [{ ...dropConstraint(change.from.name, checkText(change.from)), rank: 1 }];
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

/** A sequence that is new begins behind the rows that are there. */
function goOnCounting({ name }: TableContext, change: TableChange): readonly Statement[] {
  if (change.kind !== 'ModifyColumn') return [];
  const { from, to } = change;
  const counts = (one: Column): boolean => isSerial(one) || one.properties.identity !== undefined;
  if (counts(from) || !counts(to)) return [];
  const column = quote(to.name);
  const sequence = `pg_get_serial_sequence(${literal(name)}, ${literal(to.name)})`;
  return [
    {
      text: `SELECT setval(${sequence}, (SELECT COALESCE(MAX(${column}), 0) + 1 FROM ${name}), false)`,
      comment: `go on counting behind the rows of column "${to.name}"`,
      reverse: [],
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
