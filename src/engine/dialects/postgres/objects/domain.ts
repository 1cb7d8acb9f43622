import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import type { Properties } from '../../../schema/property.ts';
import type { Default } from '../../../schema/table.ts';
import { unwrap, words, wrap } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { collationText } from '../emit/collation.ts';
import { defaultText } from '../emit/column.ts';
import { quote } from '../quote.ts';
import { differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blocksOf, defaultOf, given, readTypeCell, typeSql } from './properties.ts';
import { collationOf, commentOf, typeJson } from './query-parts.ts';

interface CheckCell {
  readonly name: string;
  readonly expr: string;
}

const checkText = ({ name, expr }: Properties): string =>
  words(name !== '' && `CONSTRAINT ${quote(String(name))}`, `CHECK ${wrap(String(expr))}`);

/** CREATE DOMAIN (postgresql.org/docs/current/sql-createdomain.html). */
export const DOMAIN: PostgresObject = {
  kind: 'domain',
  spec: {
    isQualified: true,
    readsTables: false,
    attributes: [
      { name: 'type', form: 'type', isRequired: true },
      { name: 'null', form: 'bool', default: false, isPrinted: true },
      { name: 'default', form: 'default' },
      { name: 'collate', form: 'string' },
      { name: 'comment', form: 'string' },
      {
        name: 'check',
        form: 'blocks',
        isLabelled: true,
        attributes: [{ name: 'expr', form: 'sql', isRequired: true }],
      },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, d.typname AS name, ${typeJson('d.typbasetype', 'd.typtypmod')} AS type, d.typnotnull AS is_required,
      pg_catalog.pg_get_expr(d.typdefaultbin, 0) AS default, ${collationOf('d.typcollation', 'b.typcollation')} AS collate,
      (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'expr', pg_catalog.pg_get_expr(k.conbin, 0)) ORDER BY k.conname)
        FROM pg_catalog.pg_constraint AS k WHERE k.contypid = d.oid AND k.contype = 'c') AS checks, ${commentOf('d.oid', 'pg_type')}
    FROM pg_catalog.pg_type AS d JOIN pg_catalog.pg_namespace AS n ON n.oid = d.typnamespace JOIN pg_catalog.pg_type AS b ON b.oid = d.typbasetype
    WHERE d.typtype = 'd' AND ${isOwn('pg_type', 'd.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => {
      const type = readTypeCell(row.type);
      return {
        schema: text(row.schema),
        object: {
          kind: 'domain',
          name: text(row.name),
          properties: {
            ...given({
              type,
              null: row.is_required !== true,
              collate: textOr(row.collate),
              comment: textOr(row.comment),
            }),
            ...given({
              check: (json<readonly CheckCell[]>(row.checks) ?? []).map(({ name, expr }) => ({
                name,
                expr: unwrap(expr),
              })),
            }),
            ...defaultProperty(defaultOf(type, row.default)),
          },
          dependsOn: [],
        },
      };
    }),
  emit: emitterOf({
    sort: 'DOMAIN',
    label: (name) => `domain type "${name}"`,
    text: (schema, { name, properties }, context) =>
      words(
        `CREATE DOMAIN ${context.name(schema, name)} AS ${typeSql(schema, properties.type, context)}`,
        typeof properties.collate === 'string' && `COLLATE ${collationText(properties.collate)}`,
        properties.default !== undefined && `DEFAULT ${defaultText(properties.default as Default)}`,
        properties.null !== true && 'NOT NULL',
        ...blocksOf(properties.check).map(checkText),
      ),
    alter,
  }),
  needsNew: (change) => differsBeyond(change, 'null', 'default', 'check', 'comment'),
};

/** A default of false is one too. */
export const defaultProperty = (value: Default | undefined): Properties =>
  value === undefined ? {} : { default: value };

/** Constraints go first, for a new one may have an old one's name. */
function alter(schema: string, { from, to, changed }: ModifyObject, context: EmitContext): readonly Statement[] {
  const name = context.name(schema, to.name);
  const change = (forward: readonly string[], back: readonly string[]): readonly Statement[] =>
    forward.map((action, i) => ({
      text: `ALTER DOMAIN ${name} ${action}`,
      comment: `modify domain type "${to.name}"`,
      reverse: back[i] === undefined ? [] : [`ALTER DOMAIN ${name} ${back[i]}`],
    }));
  const nullText = ({ properties }: SchemaObject): string =>
    properties.null === true ? 'DROP NOT NULL' : 'SET NOT NULL';
  const presetText = ({ properties: { default: value } }: SchemaObject): string =>
    value === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${defaultText(value as Default)}`;
  const [old, wanted] = [blocksOf(from.properties.check), blocksOf(to.properties.check)];
  const sameAs = (check: Properties) => (other: Properties) =>
    other.name === check.name && unwrap(String(other.expr)) === unwrap(String(check.expr));
  const gone = old.filter((check) => !wanted.some(sameAs(check)));
  const added = wanted.filter((check) => !old.some(sameAs(check)));
  const drop = (check: Properties): string => `DROP CONSTRAINT ${quote(String(check.name))}`;
  const add = (check: Properties): string => `ADD ${checkText(check)}`;
  return [
    ...(changed.includes('check') ? change(gone.map(drop), gone.map(add)) : []),
    ...(changed.includes('null') ? change([nullText(to)], [nullText(from)]) : []),
    ...(changed.includes('default') ? change([presetText(to)], [presetText(from)]) : []),
    ...(changed.includes('check') ? change(added.map(add), added.map(drop)) : []),
  ];
}
