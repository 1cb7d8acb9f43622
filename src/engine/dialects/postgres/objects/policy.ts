import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import type { Properties } from '../../../schema/property.ts';
import { unwrap, words, wrap } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { commentOn } from '../emit/comment.ts';
import { quote } from '../quote.ts';
import { emitterOf, onText, quotedOn, replace } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { given, stringsOf } from './properties.ts';
import { commentOf } from './query-parts.ts';

/** Letters of polcmd. */
const COMMANDS: Readonly<Record<string, string>> = { r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE' };
/** Words that stand for a role (postgresql.org/docs/current/sql-createpolicy.html). */
const ROLES = ['PUBLIC', 'CURRENT_ROLE', 'CURRENT_USER', 'SESSION_USER'];

const emit = emitterOf({ sort: 'POLICY', label: (name) => `policy "${name}"`, target: quotedOn, text: createText });
const replacePolicy = replace(emit);

/** CREATE POLICY. */
export const POLICY: PostgresObject = {
  kind: 'policy',
  spec: {
    isQualified: false,
    readsTables: true,
    standsOn: ['table', 'partition'],
    hasDependencies: true,
    attributes: [
      { name: 'as', form: 'word', values: ['PERMISSIVE', 'RESTRICTIVE'], default: 'PERMISSIVE' },
      { name: 'for', form: 'word', values: ['ALL', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'], default: 'ALL' },
      { name: 'to', form: 'words', values: ROLES, isOpen: true, default: ['PUBLIC'] },
      { name: 'using', form: 'sql' },
      { name: 'check', form: 'sql' },
      { name: 'comment', form: 'string' },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, p.polname AS name, c.relname AS on, p.polpermissive AS is_permissive, p.polcmd AS command,
      (SELECT pg_catalog.json_agg(COALESCE(r.rolname, 'PUBLIC') ORDER BY r.rolname) FROM pg_catalog.unnest(p.polroles) AS o(oid) LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = o.oid) AS roles,
      pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check, ${commentOf('p.oid', 'pg_policy')}
    FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE ${isOwn('pg_class', 'c.oid')} AND ${inScope(scope)} ORDER BY 1, 3, 2`,
  read: (rows) =>
    rows.map((row) => {
      const roles = json<readonly string[]>(row.roles) ?? [];
      const [using, check] = [textOr(row.using), textOr(row.check)];
      return {
        schema: text(row.schema),
        object: {
          kind: 'policy',
          name: text(row.name),
          on: text(row.on),
          properties: given({
            as: row.is_permissive === true ? undefined : 'RESTRICTIVE',
            for: COMMANDS[text(row.command)],
            to: roles.length === 1 && roles[0] === 'PUBLIC' ? undefined : roles,
            using: using === undefined ? undefined : unwrap(using),
            check: check === undefined ? undefined : unwrap(check),
            comment: textOr(row.comment),
          }),
          dependsOn: [],
        },
      };
    }),
  emit: { ...emit, modify },
};

const rolesText = ({ to }: Properties): string => {
  const names = to === undefined ? ['PUBLIC'] : stringsOf(to);
  return names.map((name) => (ROLES.includes(name) ? name : quote(name))).join(', ');
};

const conditions = ({ using, check }: Properties): string =>
  words(typeof using === 'string' && `USING ${wrap(using)}`, typeof check === 'string' && `WITH CHECK ${wrap(check)}`);

function createText(schema: string, object: SchemaObject, context: EmitContext): string {
  const { properties } = object;
  return words(
    `CREATE POLICY ${quote(object.name)} ${onText(schema, object, context)}`,
    `AS ${String(properties.as ?? 'PERMISSIVE')} FOR ${String(properties.for ?? 'ALL')} TO ${rolesText(properties)}`,
    conditions(properties),
  );
}

/** ALTER POLICY changes roles and conditions; it takes no condition away, and makes no other policy of it. */
function modify(schema: string, change: ModifyObject, context: EmitContext): readonly Statement[] {
  const { from, to, changed } = change;
  const isLess = (['using', 'check'] as const).some(
    (one) => (from.properties[one] === undefined) !== (to.properties[one] === undefined),
  );
  if (isLess || changed.some((aspect) => aspect === 'as' || aspect === 'for'))
    return replacePolicy(schema, change, context);
  const text = (one: SchemaObject): string =>
    words(`ALTER POLICY ${quotedOn(schema, to, context)} TO ${rolesText(one.properties)}`, conditions(one.properties));
  return [
    ...(changed.every((aspect) => aspect === 'comment')
      ? []
      : [{ text: text(to), comment: `modify policy "${to.name}"`, reverse: [text(from)] }]),
    ...commentOn(
      'POLICY',
      quotedOn(schema, to, context),
      `policy "${to.name}"`,
      from.properties.comment,
      to.properties.comment,
    ),
  ];
}
