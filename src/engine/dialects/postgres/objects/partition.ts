import { AppError } from '../../../../shared/errors.ts';
import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import type { Properties } from '../../../schema/property.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { readPartitionKey } from '../catalog/read-partition-key.ts';
import { partitionText } from '../emit/create-table.ts';
import { emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blockOf, given, referenceSql, stringsOf } from './properties.ts';
import { commentOf } from './query-parts.ts';

/** CREATE TABLE … PARTITION OF. Without bounds it is the DEFAULT partition (atlas-engine.md 1.3). */
export const PARTITION: PostgresObject = {
  kind: 'partition',
  spec: {
    isQualified: true,
    readsTables: true,
    attributes: [
      { name: 'of', form: 'reference', kinds: ['table', 'partition'], isRequired: true },
      { name: 'comment', form: 'string' },
      {
        name: 'range',
        form: 'block',
        attributes: [
          { name: 'from', form: 'strings', isRequired: true },
          { name: 'to', form: 'strings', isRequired: true },
        ],
      },
      { name: 'list', form: 'block', attributes: [{ name: 'in', form: 'strings', isRequired: true }] },
      {
        name: 'hash',
        form: 'block',
        attributes: [
          { name: 'modulus', form: 'int', isRequired: true },
          { name: 'remainder', form: 'int', isRequired: true },
        ],
      },
      // The columns are its table's: here they are names.
      {
        name: 'partition',
        form: 'block',
        attributes: [
          { name: 'type', form: 'word', values: ['RANGE', 'LIST', 'HASH'], isRequired: true },
          { name: 'columns', form: 'strings' },
          {
            name: 'by',
            form: 'blocks',
            attributes: [
              { name: 'column', form: 'string' },
              { name: 'expr', form: 'sql' },
            ],
          },
        ],
      },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, c.relname AS name, pn.nspname AS parent_schema, p.relname AS parent, p.relispartition AS is_below,
      pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bounds, CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS key, ${commentOf('c.oid', 'pg_class')}
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
      JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE c.relispartition AND c.relkind IN ('r', 'p') AND ${isOwn('pg_class', 'c.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => ({
      schema: text(row.schema),
      object: {
        kind: 'partition',
        name: text(row.name),
        properties: given({
          of: {
            kind: row.is_below === true ? 'partition' : 'table',
            schema: text(row.parent_schema),
            name: text(row.parent),
          },
          ...readBounds(text(row.bounds)),
          partition: row.key === null || row.key === undefined ? undefined : readPartitionKey(text(row.key)),
          comment: textOr(row.comment),
        }),
        dependsOn: [],
      },
    })),
  emit: emitterOf({
    sort: 'TABLE',
    label: (name) => `"${name}" partition`,
    text: (schema, { name, properties }, context) =>
      words(
        `CREATE TABLE ${context.name(schema, name)} PARTITION OF ${referenceSql(schema, properties.of, context)}`,
        boundsText(properties),
        partitionText(properties.partition === undefined ? undefined : blockOf(properties.partition)),
      ),
    alter,
  }),
};

/** `FOR VALUES FROM ('a') TO (MAXVALUE)` of pg_get_expr. */
function readBounds(bounds: string): Properties {
  const [, modulus, remainder] = /^FOR VALUES WITH \(modulus (\d+), remainder (\d+)\)$/.exec(bounds) ?? [];
  if (modulus !== undefined) return { hash: { modulus: Number(modulus), remainder: Number(remainder) } };
  const groups = groupsOf(bounds);
  if (bounds.startsWith('FOR VALUES IN')) return { list: { in: groups[0] ?? [] } };
  return bounds.startsWith('FOR VALUES FROM') ? { range: { from: groups[0] ?? [], to: groups[1] ?? [] } } : {};
}

/** Lists in the outermost parentheses, cut at their commas. */
function groupsOf(bounds: string): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let depth = 0;
  for (const [part] of bounds.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|./gs)) {
    if (part === ')') depth -= 1;
    const group = groups.at(-1);
    if (depth === 1 && part === ',') group?.push('');
    else if (depth > 0 && group !== undefined) group.push(`${group.pop() ?? ''}${part}`);
    if (part === '(') {
      if (depth === 0) groups.push(['']);
      depth += 1;
    }
  }
  return groups.map((group) => group.map((item) => item.trim()));
}

function boundsText({ range, list, hash }: Properties): string {
  const join = (value: Properties[string] | undefined): string => `(${stringsOf(value).join(', ')})`;
  if (range !== undefined) return `FOR VALUES FROM ${join(blockOf(range).from)} TO ${join(blockOf(range).to)}`;
  if (list !== undefined) return `FOR VALUES IN ${join(blockOf(list).in)}`;
  if (hash === undefined) return 'DEFAULT';
  return `FOR VALUES WITH (MODULUS ${String(blockOf(hash).modulus)}, REMAINDER ${String(blockOf(hash).remainder)})`;
}

/** Other bounds: it leaves its table and comes back; rows that do not fit are refused by the server. */
function alter(schema: string, { from, to, changed }: ModifyObject, context: EmitContext): readonly Statement[] {
  if (changed.every((aspect) => aspect === 'comment')) return [];
  if (changed.includes('partition'))
    throw new AppError(
      'SCHEMA_CHANGE_IMPOSSIBLE',
      `changing the partition key of partition "${to.name}" is not supported (drop and add is required)`,
      { next: 'make a new partition, copy the rows and drop the old one' },
    );
  const name = context.name(schema, to.name);
  const parent = ({ properties }: SchemaObject): string => referenceSql(schema, properties.of, context);
  const detach = (one: SchemaObject): string => `ALTER TABLE ${parent(one)} DETACH PARTITION ${name}`;
  const attach = (one: SchemaObject): string =>
    `ALTER TABLE ${parent(one)} ATTACH PARTITION ${name} ${boundsText(one.properties)}`;
  return [
    { text: detach(from), comment: `detach "${to.name}" partition`, reverse: [attach(from)] },
    { text: attach(to), comment: `attach "${to.name}" partition`, reverse: [detach(to)] },
  ];
}
