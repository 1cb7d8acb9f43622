import type { PostgresConnection } from './postgres-connection.ts';
import { quoteId, quoteText } from './quote.ts';

export const selectExtensions = 'SELECT extname FROM pg_catalog.pg_extension';

/** Not brought by an extension. */
const OWN = (catalog: string): string =>
  `NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = o.oid AND d.deptype = 'e')`;

/** Drops what is in one schema, object by object: the schema itself keeps its owner and rights. */
const emptySchema = (schema: string): string => `DO $flotilla$
DECLARE r record;
BEGIN
  FOR r IN SELECT format('DROP %s IF EXISTS %s CASCADE', CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
      WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, o.oid::regclass) AS drop
    FROM pg_catalog.pg_class o JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
    WHERE n.nspname = ${quoteText(schema)} AND o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${OWN('pg_class')}
      -- A column's own sequence goes with it, and the server refuses to drop that of an identity column.
      AND NOT (o.relkind = 'S' AND EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
  LOOP
    -- Gone with an earlier one: a name that no longer resolves is printed as its number.
    IF r.drop !~ ' [0-9]+ CASCADE$' THEN EXECUTE r.drop; END IF;
  END LOOP;
  FOR r IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', o.oid::regprocedure) AS drop
    FROM pg_catalog.pg_proc o JOIN pg_catalog.pg_namespace n ON n.oid = o.pronamespace
    WHERE n.nspname = ${quoteText(schema)} AND ${OWN('pg_proc')}
  LOOP EXECUTE r.drop; END LOOP;
  FOR r IN SELECT format('DROP TYPE IF EXISTS %s CASCADE', o.oid::regtype) AS drop
    FROM pg_catalog.pg_type o JOIN pg_catalog.pg_namespace n ON n.oid = o.typnamespace
    WHERE n.nspname = ${quoteText(schema)} AND o.typtype IN ('e', 'd', 'c', 'r') AND ${OWN('pg_type')}
  LOOP EXECUTE r.drop; END LOOP;
  FOR r IN SELECT format('DROP COLLATION IF EXISTS %s CASCADE', o.oid::regcollation) AS drop
    FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace
    WHERE n.nspname = ${quoteText(schema)} AND ${OWN('pg_collation')}
  LOOP EXECUTE r.drop; END LOOP;
END $flotilla$`;

/** What belongs to no schema, but for extensions. Event triggers first: they would look at every other drop. */
const emptyDatabase = `DO $flotilla$
DECLARE r record;
BEGIN
  FOR r IN SELECT format('DROP EVENT TRIGGER %I', o.evtname) AS drop FROM pg_catalog.pg_event_trigger o WHERE ${OWN('pg_event_trigger')}
  LOOP EXECUTE r.drop; END LOOP;
  FOR r IN SELECT format('DROP SERVER %I CASCADE', o.srvname) AS drop FROM pg_catalog.pg_foreign_server o WHERE ${OWN('pg_foreign_server')}
  LOOP EXECUTE r.drop; END LOOP;
  -- Ids from here on are of what somebody has made.
  FOR r IN SELECT format('DROP CAST (%s AS %s)', o.castsource::regtype, o.casttarget::regtype) AS drop FROM pg_catalog.pg_cast o
    WHERE o.oid >= 16384 AND ${OWN('pg_cast')}
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = o.oid AND d.deptype = 'i')
  LOOP EXECUTE r.drop; END LOOP;
END $flotilla$`;

/**
 * Empties a dev database that was found clean before.
 * @param schema '' for the whole database
 * @param extensions those that were there before
 */
export async function dropAll(
  connection: PostgresConnection,
  schema: string,
  extensions: readonly string[],
): Promise<void> {
  if (schema !== '') {
    await connection.send(emptySchema(schema));
    return;
  }
  const [schemas, present] = await connection.send(
    `SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema';\n${selectExtensions}`,
  );
  const names = (schemas?.rows ?? []).map(([name]) => name ?? '');
  const added = (present?.rows ?? []).map(([name]) => name ?? '').filter((name) => !extensions.includes(name));
  const steps = [
    emptyDatabase,
    ...added.map((name) => `DROP EXTENSION IF EXISTS ${quoteId(name)} CASCADE`),
    ...names.filter((name) => name !== 'public').map((name) => `DROP SCHEMA IF EXISTS ${quoteId(name)} CASCADE`),
    ...(names.includes('public') ? [emptySchema('public')] : []),
  ];
  await connection.send(steps.join(';\n'));
}
