import type { PlanRules } from '../../dialect.ts';
import { objectOf } from '../objects/index.ts';
import { ownership } from '../objects/sequence.ts';
import { quote } from '../quote.ts';
import { commentOn } from './comment.ts';
import { createTable, dropTable } from './create-table.ts';
import { modifyTable } from './modify-table.ts';

export const POSTGRES_PLAN: PlanRules = {
  needsNew: (change) => objectOf(change.to.kind).needsNew?.(change) ?? false,
  columnsHeld: ({ changes }) =>
    changes.flatMap((one) =>
      one.kind === 'DropColumn' ||
      (one.kind === 'ModifyColumn' && one.changed.some((aspect) => aspect === 'type' || aspect === 'collate'))
        ? [one.from.name]
        : [],
    ),
  frame: (statements, changes, context) => {
    const { before, after } = ownership(changes, context);
    return [...before, ...statements, ...after];
  },
  emit: {
    AddSchema: ({ to }) => [
      {
        text: `CREATE SCHEMA ${to.name === 'public' ? 'IF NOT EXISTS ' : ''}${quote(to.name)}`,
        comment: `Add new schema named "${to.name}"`,
        reverse: [`DROP SCHEMA ${quote(to.name)} CASCADE`],
      },
      ...commentOn('SCHEMA', quote(to.name), `schema: "${to.name}"`, undefined, to.properties.comment),
    ],
    DropSchema: ({ from }) => [
      {
        text: `DROP SCHEMA ${quote(from.name)} CASCADE`,
        comment: `Drop schema named "${from.name}"`,
        reverse: 'irreversible',
      },
    ],
    ModifySchema: ({ from, to }) =>
      commentOn('SCHEMA', quote(to.name), `schema: "${to.name}"`, from.properties.comment, to.properties.comment),
    AddTable: ({ schema, to }, context) => createTable(schema, to, context),
    DropTable: ({ schema, from }, context) => [dropTable(schema, from, context)],
    RenameTable: ({ schema, from, to }, context) => [
      {
        text: `ALTER TABLE ${context.name(schema, from.name)} RENAME TO ${quote(to.name)}`,
        comment: `rename a table from "${from.name}" to "${to.name}"`,
        reverse: [`ALTER TABLE ${context.name(schema, to.name)} RENAME TO ${quote(from.name)}`],
      },
    ],
    ModifyTable: modifyTable,
    AddObject: ({ schema, to }, context) => objectOf(to.kind).emit.create(schema, to, context),
    DropObject: ({ schema, from }, context) => objectOf(from.kind).emit.drop(schema, from, context),
    ModifyObject: (change, context) => objectOf(change.to.kind).emit.modify(change.schema, change, context),
  },
};
