import type { Scope } from '../../dialect.ts';
import { literal } from '../../sql-text.ts';

/** Not brought by an extension. @param oid of an object of `catalog` */
export const isOwn = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS x WHERE x.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND x.objid = ${oid} AND x.deptype = 'e')`;

/** Schemas of the user, `n` of pg_namespace: those that are named, or all. */
export const inScope = ({ schemas }: Scope): string =>
  schemas.length === 0
    ? `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND ${isOwn('pg_namespace', 'n.oid')}`
    : `n.nspname IN (${schemas.map(literal).join(', ')})`;

/** Tables proper and partitioned ones, `c` of pg_class; a partition is an object of its own. */
const TABLES = `c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${isOwn('pg_class', 'c.oid')}`;

const comment = (oid: string, catalog: string): string => `pg_catalog.obj_description(${oid}, '${catalog}')`;

/** Of a collation that search_path does not lead to, its schema too, both in quotes: see `collationText`. */
export const collationName = (oid: string): string =>
  `(SELECT CASE WHEN pg_catalog.pg_collation_is_visible(co.oid) THEN co.collname::pg_catalog.text
      ELSE pg_catalog.format('"%s"."%s"', pg_catalog.replace(cn.nspname, '"', '""'), pg_catalog.replace(co.collname, '"', '""')) END
    FROM pg_catalog.pg_collation AS co JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace WHERE co.oid = ${oid})`;

/** Indexes of relations `c` in schemas `n`. @param relations, @param where SQL over them */
export const indexQuery = (relations: string, where: string): string =>
  `SELECT i.indrelid::pg_catalog.int8 AS table, ic.relname AS name, i.indisunique AS is_unique, con.contype AS constraint, con.condeferrable AS is_deferrable,
        con.condeferred AS is_deferred, am.amname AS method, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS where, i.indisreplident AS is_identity,
        (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::pg_catalog.bool AS nulls_not_distinct, (pg_catalog.to_jsonb(con) ->> 'conperiod')::pg_catalog.bool AS is_period,
        pg_catalog.to_json(ic.reloptions) AS options, pg_catalog.obj_description(COALESCE(con.oid, ic.oid), CASE WHEN con.oid IS NULL THEN 'pg_class' ELSE 'pg_constraint' END) AS comment,
        (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('column', pa.attname, 'isKey', k.at <= i.indnkeyatts,
            'expression', CASE WHEN k.attnum = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.at::pg_catalog.int4, false) END,
            'option', i.indoption[k.at - 1], 'class', oc.opcname, 'isDefaultClass', oc.opcdefault, 'classSchema', ocn.nspname, 'classOptions', ia.attoptions,
            'operator', (SELECT o.oprname FROM pg_catalog.pg_operator AS o WHERE o.oid = con.conexclop[k.at]),
            'collate', CASE WHEN i.indcollation[k.at - 1] <> 0 AND i.indcollation[k.at - 1] <> COALESCE(pa.attcollation, ia.attcollation)
              THEN ${collationName('i.indcollation[k.at - 1]')} END) ORDER BY k.at)
          FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(attnum, at)
          LEFT JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = i.indrelid AND pa.attnum = k.attnum AND k.attnum > 0
          LEFT JOIN pg_catalog.pg_attribute AS ia ON ia.attrelid = i.indexrelid AND ia.attnum = k.at
          LEFT JOIN pg_catalog.pg_opclass AS oc ON oc.oid = i.indclass[k.at - 1] AND k.at <= i.indnkeyatts
          LEFT JOIN pg_catalog.pg_namespace AS ocn ON ocn.oid = oc.opcnamespace) AS parts
      FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
        JOIN pg_catalog.pg_am AS am ON am.oid = ic.relam JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_constraint AS con ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x')
      WHERE ${relations} AND ${where} ORDER BY i.indrelid, ic.relname`;

/**
 * What is asked of a database: a fixed number of questions, whatever the number of tables. Versions differ in columns that older ones lack: these are
 * read from the row as JSON, where what is missing is NULL.
 */
export const tableQueries = (scope: Scope): readonly string[] => {
  const where = inScope(scope);
  return [
    `SELECT n.nspname AS name, ${comment('n.oid', 'pg_namespace')} AS comment FROM pg_catalog.pg_namespace AS n WHERE ${where} ORDER BY 1`,
    `SELECT c.oid::pg_catalog.int8 AS id, n.nspname AS schema, c.relname AS name, c.relpersistence AS persistence, c.relrowsecurity AS row_security,
        c.relforcerowsecurity AS force_security, c.relreplident AS replica_identity, pg_catalog.to_json(c.reloptions) AS options,
        (SELECT a.amname FROM pg_catalog.pg_am AS a WHERE a.oid = c.relam) AS method,
        CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
        ${comment('c.oid', 'pg_class')} AS comment
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE ${TABLES} AND ${where} ORDER BY 2, 3`,
    `SELECT a.attrelid::pg_catalog.int8 AS table, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS is_required,
        pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default, a.attidentity AS identity, a.attgenerated AS generated,
        CASE WHEN a.attcollation <> t.typcollation THEN ${collationName('a.attcollation')} END AS collate,
        COALESCE(e.typtype, t.typtype) AS sort, COALESCE(e.typname, t.typname) AS type_name, tn.nspname AS type_schema,
        COALESCE(er.relkind, tr.relkind) AS row_of, NOT ${isOwn('pg_type', 'COALESCE(e.oid, t.oid)')} AS is_extension,
        s.seqstart AS start, s.seqincrement AS increment, q.sequence, q.sequence_schema,
        pg_catalog.col_description(a.attrelid, a.attnum) AS comment
      FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
        JOIN pg_catalog.pg_namespace AS tn ON tn.oid = COALESCE(e.typnamespace, t.typnamespace)
        LEFT JOIN pg_catalog.pg_class AS tr ON tr.oid = t.typrelid LEFT JOIN pg_catalog.pg_class AS er ON er.oid = e.typrelid
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN LATERAL (SELECT sc.oid, sc.relname AS sequence, sn.nspname AS sequence_schema FROM pg_catalog.pg_depend AS p
          JOIN pg_catalog.pg_class AS sc ON sc.oid = p.objid AND sc.relkind = 'S' JOIN pg_catalog.pg_namespace AS sn ON sn.oid = sc.relnamespace
          WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype IN ('a', 'i') ORDER BY p.deptype DESC, sc.oid LIMIT 1) AS q ON true
        LEFT JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = q.oid
      WHERE a.attnum > 0 AND NOT a.attisdropped AND ${TABLES} AND ${where} ORDER BY a.attrelid, a.attnum`,
    indexQuery(TABLES, where),
    `SELECT con.conrelid::pg_catalog.int8 AS table, con.conname AS name, fn.nspname AS ref_schema, fc.relname AS ref_table, con.confupdtype AS on_update,
        con.confdeltype AS on_delete, con.condeferrable AS is_deferrable, con.condeferred AS is_deferred, (pg_catalog.to_jsonb(con) ->> 'conperiod')::pg_catalog.bool AS is_period,
        pg_catalog.obj_description(con.oid, 'pg_constraint') AS comment,
        (SELECT pg_catalog.json_agg(pa.attname ORDER BY k.at) FROM pg_catalog.unnest(con.conkey) WITH ORDINALITY AS k(attnum, at)
          JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = con.conrelid AND pa.attnum = k.attnum) AS columns,
        (SELECT pg_catalog.json_agg(pa.attname ORDER BY k.at) FROM pg_catalog.unnest(con.confkey) WITH ORDINALITY AS k(attnum, at)
          JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = con.confrelid AND pa.attnum = k.attnum) AS ref_columns
      FROM pg_catalog.pg_constraint AS con JOIN pg_catalog.pg_class AS c ON c.oid = con.conrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_class AS fc ON fc.oid = con.confrelid JOIN pg_catalog.pg_namespace AS fn ON fn.oid = fc.relnamespace
      WHERE con.contype = 'f' AND con.conparentid = 0 AND ${TABLES} AND ${where} ORDER BY con.conrelid, con.conname`,
    `SELECT con.conrelid::pg_catalog.int8 AS table, con.conname AS name, pg_catalog.pg_get_expr(con.conbin, con.conrelid) AS expression, con.connoinherit AS no_inherit,
        pg_catalog.obj_description(con.oid, 'pg_constraint') AS comment
      FROM pg_catalog.pg_constraint AS con JOIN pg_catalog.pg_class AS c ON c.oid = con.conrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE con.contype = 'c' AND ${TABLES} AND ${where} ORDER BY con.conrelid, con.conname`,
  ];
};
