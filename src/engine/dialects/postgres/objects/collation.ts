import { literal } from '../../sql-text.ts';
import { text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { given } from './properties.ts';
import { commentOf } from './query-parts.ts';

/** Letters of collprovider. */
const PROVIDERS: Readonly<Record<string, string>> = { i: 'icu', b: 'builtin' };

/** CREATE COLLATION (postgresql.org/docs/current/sql-createcollation.html). Versions of the server keep the locale of ICU under three names. */
export const COLLATION: PostgresObject = {
  kind: 'collation',
  spec: {
    isQualified: true,
    readsTables: false,
    attributes: [
      { name: 'provider', form: 'word', values: ['libc', 'icu', 'builtin'], default: 'libc' },
      { name: 'locale', form: 'string' },
      { name: 'lc_collate', form: 'string' },
      { name: 'lc_ctype', form: 'string' },
      { name: 'deterministic', form: 'bool', default: true },
      { name: 'rules', form: 'string' },
      { name: 'comment', form: 'string' },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, c.collname AS name, c.collprovider AS provider, c.collcollate AS lc_collate, c.collctype AS lc_ctype,
      COALESCE(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale') AS locale,
      pg_catalog.to_jsonb(c) ->> 'collicurules' AS rules, c.collisdeterministic AS is_deterministic, ${commentOf('c.oid', 'pg_collation')}
    FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
    WHERE ${isOwn('pg_collation', 'c.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => {
      // ICU's locale stood in collcollate up to version 14.
      const [collate, ctype] = [textOr(row.lc_collate), textOr(row.lc_ctype)];
      const locale = textOr(row.locale) ?? (collate === ctype ? collate : undefined);
      return {
        schema: text(row.schema),
        object: {
          kind: 'collation',
          name: text(row.name),
          properties: {
            ...given({
              provider: PROVIDERS[text(row.provider)],
              locale,
              lc_collate: locale === undefined ? collate : undefined,
              lc_ctype: locale === undefined ? ctype : undefined,
              rules: textOr(row.rules),
              comment: textOr(row.comment),
            }),
            ...(row.is_deterministic === false ? { deterministic: false } : {}),
          },
          dependsOn: [],
        },
      };
    }),
  emit: emitterOf({
    sort: 'COLLATION',
    label: (name) => `collation "${name}"`,
    text: (schema, { name, properties }, context) => {
      const { provider, deterministic } = properties;
      const option = (key: string): readonly string[] =>
        properties[key] === undefined ? [] : [`${key.toUpperCase()} = ${literal(String(properties[key]))}`];
      const options = [
        ...(provider === undefined ? [] : [`PROVIDER = ${String(provider)}`]),
        ...['locale', 'lc_collate', 'lc_ctype', 'rules'].flatMap(option),
        ...(deterministic === false ? ['DETERMINISTIC = false'] : []),
      ];
      return `CREATE COLLATION ${context.name(schema, name)} (${options.join(', ')})`;
    },
  }),
  needsNew: (change) => differsBeyond(change, 'comment'),
};
