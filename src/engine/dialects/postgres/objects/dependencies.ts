import type { ObjectReference, SchemaObject } from '../../../schema/object.ts';
import { referenceKey, referencesIn } from '../../../schema/property-references.ts';
import type { Realm } from '../../../schema/realm.ts';
import type { Row } from '../../dialect.ts';
import { text, textOr } from '../catalog/cells.ts';

/** Kind of a relation, by relkind of `c`. */
const RELATION = `CASE WHEN c.relispartition THEN 'partition' ELSE
  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign_table' WHEN 'c' THEN 'composite' ELSE 'table' END END`;

const ref = (catalog: string): string => `'pg_catalog.${catalog}'::pg_catalog.regclass`;

/**
 * Every row of a catalog that is, or is a part of, an object of ours: a default is a part of its table, a rule of its view, an array of its type,
 * and what an extension has brought is a part of that.
 */
const NODES = `SELECT ${ref('pg_class')} AS class, c.oid, ${RELATION} AS kind, n.nspname AS schema, c.relname AS name, NULL::pg_catalog.name AS on
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
  UNION ALL SELECT ${ref('pg_class')}, i.indexrelid, ${RELATION}, n.nspname, c.relname, NULL
    FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL SELECT ${ref('pg_rewrite')}, w.oid, ${RELATION}, n.nspname, c.relname, NULL
    FROM pg_catalog.pg_rewrite AS w JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL SELECT ${ref('pg_attrdef')}, d.oid, ${RELATION}, n.nspname, c.relname, NULL
    FROM pg_catalog.pg_attrdef AS d JOIN pg_catalog.pg_class AS c ON c.oid = d.adrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL SELECT ${ref('pg_constraint')}, k.oid, ${RELATION}, n.nspname, c.relname, NULL
    FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL SELECT ${ref('pg_constraint')}, k.oid, 'domain', n.nspname, t.typname, NULL
    FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  UNION ALL SELECT ${ref('pg_type')}, t.oid, CASE WHEN c.oid IS NOT NULL THEN ${RELATION} ELSE (CASE b.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'range' END) END, n.nspname, COALESCE(c.relname, r.typname, b.typname), NULL
    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_type AS b ON b.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
      LEFT JOIN pg_catalog.pg_range AS g ON g.rngmultitypid = b.oid LEFT JOIN pg_catalog.pg_type AS r ON r.oid = g.rngtypid
      LEFT JOIN pg_catalog.pg_class AS c ON c.oid = b.typrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = b.typnamespace WHERE b.typtype IN ('e', 'd', 'r', 'm', 'c')
  UNION ALL SELECT ${ref('pg_proc')}, p.oid, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname, p.proname, NULL
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  UNION ALL SELECT ${ref('pg_trigger')}, g.oid, 'trigger', n.nspname, g.tgname, c.relname
    FROM pg_catalog.pg_trigger AS g JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal
  UNION ALL SELECT ${ref('pg_policy')}, p.oid, 'policy', n.nspname, p.polname, c.relname
    FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL SELECT ${ref('pg_collation')}, l.oid, 'collation', n.nspname, l.collname, NULL
    FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
  UNION ALL SELECT ${ref('pg_foreign_server')}, s.oid, 'server', NULL, s.srvname, NULL FROM pg_catalog.pg_foreign_server AS s
  UNION ALL SELECT ${ref('pg_extension')}, x.oid, 'extension', NULL, x.extname, NULL FROM pg_catalog.pg_extension AS x
  UNION ALL SELECT ${ref('pg_event_trigger')}, e.oid, 'event_trigger', NULL, e.evtname, NULL FROM pg_catalog.pg_event_trigger AS e`;

/**
 * What needs what, from pg_depend (postgresql.org/docs/current/catalog-pg-depend.html): pairs of objects. The server's own are left out, and so is
 * the sequence's dependency on the column that owns it, for the table may count by the sequence.
 */
export const DEPENDENCY_QUERY = `WITH nodes AS (SELECT * FROM (${NODES}) AS all_nodes WHERE oid >= 16384),
    members AS (SELECT d.classid AS class, d.objid AS oid, 'extension'::pg_catalog.text AS kind, NULL::pg_catalog.name AS schema, x.extname AS name, NULL::pg_catalog.name AS on
      FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_extension AS x ON x.oid = d.refobjid WHERE d.refclassid = ${ref('pg_extension')} AND d.deptype = 'e'),
    known AS (SELECT class, oid, kind::pg_catalog.text AS kind, schema, name, on_name FROM (SELECT n.class, n.oid, n.kind, n.schema, n.name, n."on" AS on_name FROM nodes AS n
        WHERE NOT EXISTS (SELECT 1 FROM members AS m WHERE m.class = n.class AND m.oid = n.oid)) AS own
      UNION ALL SELECT class, oid, kind, schema, name, "on" FROM members)
  SELECT DISTINCT a.kind, a.schema, a.name, a.on_name AS on, b.kind AS to_kind, b.schema AS to_schema, b.name AS to_name, b.on_name AS to_on
  FROM pg_catalog.pg_depend AS d JOIN known AS a ON a.class = d.classid AND a.oid = d.objid JOIN known AS b ON b.class = d.refclassid AND b.oid = d.refobjid
  WHERE (a.kind, a.schema, a.name, a.on_name) IS DISTINCT FROM (b.kind, b.schema, b.name, b.on_name)
    AND NOT (a.kind = 'sequence' AND b.kind = 'table')
  ORDER BY 1, 2, 3, 4, 5, 6, 7, 8`;

/** The realm with what the rows of DEPENDENCY_QUERY say of it. A table's foreign keys and types are its own, and not said twice. */
export function withDependencies(realm: Realm, rows: readonly Row[]): Realm {
  const needs = new Map<string, ObjectReference[]>();
  for (const row of rows) {
    const key = referenceKey(side(row.kind, row.schema, row.name, row.on));
    const found = needs.get(key);
    const needed = side(row.to_kind, row.to_schema, row.to_name, row.to_on);
    if (found === undefined) needs.set(key, [needed]);
    else found.push(needed);
  }
  const of = (schema: string, object: SchemaObject): readonly ObjectReference[] => {
    const { kind, name, on } = object;
    const found = needs.get(referenceKey({ kind, schema, name, ...(on === undefined ? {} : { on }) })) ?? [];
    return unique([...referencesIn(object.properties), ...found]);
  };
  return {
    ...realm,
    objects: realm.objects.map((object) => ({ ...object, dependsOn: of('', object) })),
    schemas: realm.schemas.map((schema) => ({
      ...schema,
      tables: schema.tables.map((table) => ({
        ...table,
        dependsOn: (needs.get(referenceKey({ kind: 'table', schema: schema.name, name: table.name })) ?? []).filter(
          ({ kind }) => NEEDED_BY_TABLES.has(kind),
        ),
      })),
      objects: schema.objects.map((object) => ({ ...object, dependsOn: of(schema.name, object) })),
    })),
  };
}

const unique = (all: readonly ObjectReference[]): readonly ObjectReference[] => [
  ...new Map(all.map((one) => [referenceKey(one), { schema: '', ...one }])).values(),
];

/** What stands in a default, a check, an index; types and keys say what they need. */
const NEEDED_BY_TABLES = new Set(['function', 'sequence', 'extension', 'collation', 'aggregate']);

const side = (kind: unknown, schema: unknown, name: unknown, on: unknown): ObjectReference => ({
  kind: text(kind),
  schema: text(schema),
  name: text(name),
  ...(textOr(on) === undefined ? {} : { on: text(on) }),
});
