import { DriverError, type History } from '../../run/ports.ts';
import type { MigrationTarget } from '../../run/types.ts';
import type { MysqlConnection, Row } from './mysql-connection.ts';
import { quoteText } from './quote.ts';
import { readHistory } from './read-history.ts';
import { REVISIONS, readRevision, selectRevisions } from './revision-rows.ts';
import { REVISIONS_DATABASE, type RevisionsPlace, revisionsPlace } from './revisions-place.ts';
import { toDriverError } from './translate.ts';

/** Tables in one UNION. Each is opened by the server, which has a cache of some thousands. */
const CHUNK = 200;

/** Where many targets of one server stand, in the order of `targets`: one look at the catalog, then a UNION for hundreds. */
export async function surveyServer(
  connection: MysqlConnection,
  targets: readonly MigrationTarget[],
): Promise<readonly (History | DriverError)[]> {
  const places = targets.map(revisionsPlace);
  const wanted = new Set([
    ...places.map(({ database }) => database),
    ...targets.map(({ url }) => url.database),
    REVISIONS_DATABASE,
  ]);
  const list = [...wanted].map(quoteText).join(', ');
  const [databases = [], tables = []] = await connection.ask([
    `SELECT schema_name FROM information_schema.schemata WHERE schema_name IN (${list})`,
    `SELECT table_schema FROM information_schema.tables WHERE table_name = '${REVISIONS}' AND table_schema IN (${list})`,
  ]);
  const seen = new Set(databases.map(([name]) => String(name)));
  const withTable = new Set(tables.map(([name]) => String(name)));

  const found: (History | DriverError)[] = [];
  const toRead: { readonly at: number; readonly place: RevisionsPlace }[] = [];
  for (const [at, place] of places.entries()) {
    const own = targets[at]?.url.database ?? '';
    if (own !== '' && !seen.has(own)) found[at] = notSeen(own);
    else if (withTable.has(place.database)) toRead.push({ at, place });
    else if (place.isGuarded && withTable.has(REVISIONS_DATABASE)) found[at] = { kind: 'ambiguous' };
    else found[at] = { kind: 'history', exists: false, rows: [] };
  }
  for (let i = 0; i < toRead.length; i += CHUNK) {
    const chunk = toRead.slice(i, i + CHUNK);
    const histories = await readTogether(
      connection,
      chunk.map(({ place }) => place),
    );
    for (const [j, { at }] of chunk.entries()) found[at] = histories[j] ?? { kind: 'history', exists: false, rows: [] };
  }
  return found;
}

/** Without any right on a database the server does not even show it. */
const notSeen = (database: string): DriverError =>
  new DriverError('connect', `database "${database}" does not exist, or its user has no right on it`, {
    class: 'transient',
    code: '1049',
  });

/** One table that cannot be read must not hide the others: halves are read by themselves, down to it. */
async function readTogether(
  connection: MysqlConnection,
  places: readonly RevisionsPlace[],
): Promise<readonly (History | DriverError)[]> {
  try {
    // In a table of its own, for each select has an ORDER BY.
    const union = places.map(({ table }, i) => `(SELECT ${i} AS n, t.* FROM (${selectRevisions(table)}) AS t)`);
    const [rows = []] = await connection.ask([union.join(' UNION ALL ')]);
    return splitRows(rows, places.length);
  } catch (error) {
    if (connection.isLost) {
      const problem = toDriverError(error);
      return places.map(() => problem);
    }
  }
  const [place] = places;
  if (places.length === 1 && place !== undefined) return [await readAlone(connection, place)];
  const half = Math.ceil(places.length / 2);
  return [
    ...(await readTogether(connection, places.slice(0, half))),
    ...(await readTogether(connection, places.slice(half))),
  ];
}

/** Also a table of an older Atlas, which lacks columns. */
async function readAlone(connection: MysqlConnection, place: RevisionsPlace): Promise<History | DriverError> {
  try {
    return (await readHistory(connection, place, [])).history;
  } catch (error) {
    return toDriverError(error);
  }
}

function splitRows(rows: readonly Row[], count: number): readonly History[] {
  const groups: Row[][] = Array.from({ length: count }, () => []);
  for (const [n, ...values] of rows) groups[Number(n)]?.push(values);
  return groups.map((group) => {
    const revisions = group.map(readRevision);
    // A derived table keeps no order.
    return { kind: 'history', exists: true, rows: revisions.toSorted((a, b) => (a.version < b.version ? -1 : 1)) };
  });
}
