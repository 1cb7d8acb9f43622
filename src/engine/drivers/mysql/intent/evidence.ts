import { createHash } from 'node:crypto';
import type { MysqlConnection } from '../mysql-connection.ts';
import { isNoSuchObject, readProblem } from '../mysql-errors.ts';
import { quoteName, quoteText } from '../quote.ts';
import { type TouchedObject, touchedObjects } from './touched-objects.ts';

/** What the database says of the objects of a statement, at one moment. */
export type Evidence =
  /** By object: a digest of its definition, or `absent`. */
  | { readonly proof: 'definition'; readonly seen: Readonly<Record<string, string>> }
  /** By table: the storage engine's ids, or what a session without the right to see them can see. */
  | { readonly proof: 'storage'; readonly seen: Readonly<Record<string, StorageSeen>>; readonly empties: boolean }
  | { readonly proof: 'repeatable' }
  | { readonly proof: 'none'; readonly why: string };

export interface StorageSeen {
  /** A digest, `absent`, or null where the user may not see it. */
  readonly definition: string | null;
  /** InnoDB's ids of the table and its partitions, which a TRUNCATE or EXCHANGE changes; null: not to be seen (needs PROCESS). */
  readonly ids: string | null;
  readonly isEmpty: boolean;
}

/** Reads, just before a statement is sent or when its outcome is looked up, what will tell whether it has landed. */
export async function readEvidence(connection: MysqlConnection, statement: string): Promise<Evidence> {
  const touched = touchedObjects(statement);
  if (touched.proof === 'definition') {
    const seen: Record<string, string> = {};
    for (const object of touched.objects) {
      const found = await readDefinition(connection, object);
      if (found === undefined)
        return { proof: 'none', why: `the definition of ${nameOf(object)} is not to be read by this user` };
      seen[nameOf(object)] = found;
    }
    return { proof: 'definition', seen };
  }
  if (touched.proof === 'storage') {
    const seen: Record<string, StorageSeen> = {};
    for (const object of touched.objects) seen[nameOf(object)] = await readStorage(connection, object);
    return { proof: 'storage', seen, empties: touched.empties };
  }
  return touched;
}

const nameOf = (object: TouchedObject): string => `${object.kind.toLowerCase()} ${quoteName(object)}`;

/** A digest of the definition; undefined where the user may not see it. */
async function readDefinition(connection: MysqlConnection, object: TouchedObject): Promise<string | undefined> {
  try {
    const [rows = []] = await connection.ask([`SHOW CREATE ${object.kind} ${quoteName(object)}`]);
    const values = (rows[0] ?? []).map((value) => (value === null ? null : String(value)));
    // A body that its user may not see is NULL: PROCEDURE, FUNCTION.
    if (values[definitionColumn(object)] === null) return undefined;
    // Rows that an application writes meanwhile move the counter; a definition it is not.
    const text = values.join('\n').replace(/ AUTO_INCREMENT=\d+/, '');
    return createHash('sha256').update(text).digest('base64').slice(0, 22);
  } catch (error) {
    const problem = readProblem(error);
    if (isNoSuchObject(problem)) return 'absent';
    if (problem.errno === 0) throw error; // the connection, not the answer
    return undefined;
  }
}

const definitionColumn = ({ kind }: TouchedObject): number => (kind === 'PROCEDURE' || kind === 'FUNCTION' ? 2 : 1);

async function readStorage(connection: MysqlConnection, object: TouchedObject): Promise<StorageSeen> {
  const definition = (await readDefinition(connection, object)) ?? null;
  const isThere = definition !== 'absent';
  const [first = []] = isThere ? await connection.ask([`SELECT 1 FROM ${quoteName(object)} LIMIT 1`]) : [];
  return { definition, ids: isThere ? await readStorageIds(connection, object) : '', isEmpty: first.length === 0 };
}

/** Names in InnoDB's dictionary are encoded: only those that are the same in it are looked up. */
const PLAIN = /^[A-Za-z0-9_]+$/;

async function readStorageIds(connection: MysqlConnection, object: TouchedObject): Promise<string | null> {
  const database = object.database ?? String((await connection.ask(['SELECT DATABASE()']))[0]?.[0]?.[0] ?? '');
  if (!PLAIN.test(database) || !PLAIN.test(object.name)) return null;
  const name = `${database}/${object.name}`;
  // MySQL 8 has renamed it; partitions stand as `db/t#P#p0`, in lower case there.
  const isNew = connection.features.flavour === 'mysql' && !connection.features.version.startsWith('5.');
  const table = isNew ? 'INNODB_TABLES' : 'INNODB_SYS_TABLES';
  try {
    const [rows = []] = await connection.ask([
      `SELECT name, table_id FROM information_schema.${table} WHERE name = ${quoteText(name)} OR name LIKE ${quoteText(`${name.replaceAll('_', '|_')}#%`)} ESCAPE '|' ORDER BY name`,
    ]);
    return rows.length === 0 ? null : rows.map((row) => row.join(' ')).join(', ');
  } catch (error) {
    if (readProblem(error).errno === 0) throw error;
    return null;
  }
}
