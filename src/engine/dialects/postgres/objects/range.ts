import { words } from '../../sql-text.ts';
import { text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { collationText } from '../emit/collation.ts';
import { differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { given, readFunctionCell, readTypeCell, referenceSql, typeSql } from './properties.ts';
import { collationOf, commentOf, functionJson, typeJson } from './query-parts.ts';

/** As the server makes it of the range's name (postgresql.org/docs/current/sql-createtype.html, multirange_type_name). */
const multirangeOf = (name: string): string =>
  name.includes('range') ? name.replace('range', 'multirange') : `${name}_multirange`;

/** CREATE TYPE … AS RANGE. Nothing of it can be altered. */
export const RANGE: PostgresObject = {
  kind: 'range',
  spec: {
    isQualified: true,
    readsTables: false,
    attributes: [
      { name: 'subtype', form: 'type', isRequired: true },
      { name: 'subtype_opclass', form: 'string' },
      { name: 'collation', form: 'string' },
      { name: 'subtype_diff', form: 'reference', kinds: ['function'], isOpen: true },
      { name: 'multirange_name', form: 'string', isLearned: true },
      { name: 'comment', form: 'string' },
    ],
  },
  query: (scope) => `SELECT n.nspname AS schema, t.typname AS name, ${typeJson('r.rngsubtype')} AS subtype,
      CASE WHEN NOT oc.opcdefault THEN oc.opcname END AS subtype_opclass, ${collationOf('r.rngcollation', 'b.typcollation')} AS collation,
      ${functionJson('r.rngsubdiff')} AS subtype_diff, m.typname AS multirange_name, ${commentOf('t.oid', 'pg_type')}
    FROM pg_catalog.pg_range AS r JOIN pg_catalog.pg_type AS t ON t.oid = r.rngtypid JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      JOIN pg_catalog.pg_type AS b ON b.oid = r.rngsubtype JOIN pg_catalog.pg_opclass AS oc ON oc.oid = r.rngsubopc
      LEFT JOIN pg_catalog.pg_type AS m ON m.oid = r.rngmultitypid
    WHERE ${isOwn('pg_type', 't.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => {
      const name = text(row.name);
      const multirange = textOr(row.multirange_name);
      return {
        schema: text(row.schema),
        object: {
          kind: 'range',
          name,
          properties: given({
            subtype: readTypeCell(row.subtype),
            subtype_opclass: textOr(row.subtype_opclass),
            collation: textOr(row.collation),
            subtype_diff: readFunctionCell(row.subtype_diff),
            multirange_name: multirange === multirangeOf(name) ? undefined : multirange,
            comment: textOr(row.comment),
          }),
          dependsOn: [],
        },
      };
    }),
  emit: emitterOf({
    sort: 'TYPE',
    label: (name) => `range type "${name}"`,
    text: (schema, { name, properties }, context) => {
      const { subtype_opclass: operators, collation, subtype_diff: diff, multirange_name: multirange } = properties;
      const options = [
        `SUBTYPE = ${typeSql(schema, properties.subtype, context)}`,
        typeof operators === 'string' ? `SUBTYPE_OPCLASS = ${operators}` : '',
        typeof collation === 'string' ? `COLLATION = ${collationText(collation)}` : '',
        diff === undefined ? '' : `SUBTYPE_DIFF = ${referenceSql(schema, diff, context)}`,
        typeof multirange === 'string' ? `MULTIRANGE_TYPE_NAME = ${context.name(schema, multirange)}` : '',
      ];
      return words(
        `CREATE TYPE ${context.name(schema, name)} AS RANGE (${options.filter((one) => one !== '').join(', ')})`,
      );
    },
  }),
  needsNew: (change) => differsBeyond(change, 'comment'),
};
