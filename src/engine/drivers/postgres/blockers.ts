import type { PostgresConnection } from './postgres-connection.ts';

const MAX_QUERY_CHARACTERS = 200;

/** Who stands in the way of a backend, or undefined. Of other roles' sessions the server shows no query. */
export const describeBlockers = (connection: PostgresConnection, pid: number): Promise<string | undefined> =>
  describe(connection, `a.pid = ANY (pg_blocking_pids(${pid}))`);

/** Who holds one of these advisory locks of the database, in whatever mode. */
export const describeHolders = (
  connection: PostgresConnection,
  keys: readonly (bigint | number)[],
): Promise<string | undefined> =>
  describe(
    connection,
    `a.pid IN (SELECT l.pid FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ((l.classid::bigint << 32) | l.objid::bigint) IN (${keys.join(', ')}))`,
  );

/** Never throws: it only adds to an error that is there already. */
async function describe(connection: PostgresConnection, condition: string): Promise<string | undefined> {
  try {
    const [result] = await connection.send(
      `SELECT a.pid, a.application_name, extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.query_start))::bigint, a.query
       FROM pg_stat_activity a WHERE ${condition} AND a.pid <> pg_backend_pid() ORDER BY a.xact_start LIMIT 1`,
    );
    const row = result?.rows[0];
    if (row === undefined) return undefined;
    const [pid, name, seconds, query] = row;
    const parts = [
      `pid ${pid}`,
      ...(name ? [`"${name}"`] : []),
      ...(seconds === null ? [] : [`for ${seconds}s`]),
      ...(query ? [shorten(query)] : []),
    ];
    return parts.join(' ');
  } catch {
    return undefined;
  }
}

/** Literals of somebody else's query are their data. */
const shorten = (query: string): string => {
  const line = query
    .replace(/'(?:[^']|'')*'/g, "'?'")
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MAX_QUERY_CHARACTERS ? `${line.slice(0, MAX_QUERY_CHARACTERS)}…` : line;
};
