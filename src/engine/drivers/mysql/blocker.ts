import type { MysqlConnection, Row } from './mysql-connection.ts';
import type { MysqlFeatures } from './mysql-features.ts';

const MAX_QUERY = 100;

/** id, user, host, seconds in its present state, query: of the session that is longest in the way. */
const FIELDS = 'p.id, p.user, p.host, p.time, p.info';

const BY_METADATA_LOCK: Readonly<Record<NonNullable<MysqlFeatures['metadataLocks']>, string>> = {
  performance_schema: `SELECT ${FIELDS} FROM performance_schema.metadata_locks m JOIN performance_schema.threads t ON t.thread_id = m.owner_thread_id JOIN information_schema.processlist p ON p.id = t.processlist_id WHERE m.object_type = 'TABLE' AND m.lock_status = 'GRANTED' AND m.object_schema = DATABASE() AND p.id <> CONNECTION_ID() ORDER BY p.time DESC LIMIT 1`,
  metadata_lock_info: `SELECT ${FIELDS} FROM information_schema.metadata_lock_info m JOIN information_schema.processlist p ON p.id = m.thread_id WHERE m.lock_type = 'Table metadata lock' AND m.table_schema = DATABASE() AND p.id <> CONNECTION_ID() ORDER BY p.time DESC LIMIT 1`,
};
const BY_TRANSACTION = `SELECT ${FIELDS} FROM information_schema.innodb_trx x JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID() ORDER BY x.trx_started LIMIT 1`;

/**
 * Who was in the way of a statement that has just timed out on a lock, in words; undefined where the server does not tell (the instrument is
 * off, or a privilege is missing). Best effort: it may be gone by now.
 */
export async function findBlocker(connection: MysqlConnection): Promise<string | undefined> {
  const { metadataLocks } = connection.features;
  const queries = [...(metadataLocks === undefined ? [] : [BY_METADATA_LOCK[metadataLocks]]), BY_TRANSACTION];
  for (const query of queries) {
    const row = await firstRow(connection, query);
    if (row !== undefined) return describeSession(row);
  }
  return undefined;
}

/** The session that holds a named lock. */
export async function describeHolder(connection: MysqlConnection, sessionId: number): Promise<string> {
  const row = await firstRow(
    connection,
    `SELECT ${FIELDS} FROM information_schema.processlist p WHERE p.id = ${sessionId}`,
  );
  return row === undefined ? `session ${sessionId}` : describeSession(row);
}

async function firstRow(connection: MysqlConnection, query: string): Promise<Row | undefined> {
  try {
    const [rows = []] = await connection.ask([query]);
    return rows[0];
  } catch {
    // No such table, or no right to read it: the next way is tried.
    return undefined;
  }
}

function describeSession([id, user, host, seconds, query]: Row): string {
  const text = typeof query === 'string' && query !== '' ? `: ${withoutLiterals(query)}` : ', idle';
  return `session ${id} of ${user}@${host} since ${seconds} s${text}`;
}

/** Another application's literals are none of our business, and may be secret. */
const withoutLiterals = (query: string): string => {
  const plain = query
    .replace(/'(?:[^'\\]|\\.|'')*'?|"(?:[^"\\]|\\.|"")*"?/gs, '?')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > MAX_QUERY ? `${plain.slice(0, MAX_QUERY)}…` : plain;
};
