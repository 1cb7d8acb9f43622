import type { History } from '../../run/ports.ts';
import type { MysqlConnection, Row } from './mysql-connection.ts';
import { ER_BAD_DB, ER_BAD_FIELD, ER_NO_SUCH_TABLE, readProblem } from './mysql-errors.ts';
import { quoteText } from './quote.ts';
import { REVISIONS, readRevision, selectColumns, selectPresent, selectRevisions } from './revision-rows.ts';
import { REVISIONS_DATABASE, type RevisionsPlace } from './revisions-place.ts';

export interface FoundHistory {
  readonly history: History;
  /** Columns of the table, where it is one of an older Atlas that lacks some. */
  readonly columns: readonly string[] | undefined;
  /** The rows of the statements in `before` that give rows; undefined where they must be asked again. */
  readonly before: readonly (readonly Row[])[] | undefined;
}

/**
 * Reads the revisions in one message together with the statements `before` it. Where there is no table the server stops at it, and
 * mysql2 drops what came before: those few targets cost more messages.
 */
export async function readHistory(
  connection: MysqlConnection,
  place: RevisionsPlace,
  before: readonly string[],
): Promise<FoundHistory> {
  try {
    const results = await connection.ask([...before, selectRevisions(place.table)]);
    const rows = (results.at(-1) ?? []).map(readRevision);
    return { history: { kind: 'history', exists: true, rows }, columns: undefined, before: results.slice(0, -1) };
  } catch (error) {
    if (!isOtherShape(error, place)) throw error;
  }
  return readSlowly(connection, place);
}

const isOtherShape = (error: unknown, { isOwn }: RevisionsPlace): boolean => {
  const { errno } = readProblem(error);
  // A database that is not the URL's own may be missing: it is made with the table.
  return errno === ER_NO_SUCH_TABLE || errno === ER_BAD_FIELD || (errno === ER_BAD_DB && !isOwn);
};

async function readSlowly(connection: MysqlConnection, place: RevisionsPlace): Promise<FoundHistory> {
  const [found = []] = await connection.ask([selectColumns(place.database)]);
  const columns = found.map(([name]) => String(name));
  if (columns.length > 0) {
    const [rows = []] = await connection.ask([selectPresent(place.table, columns)]);
    return { history: { kind: 'history', exists: true, rows: rows.map(readRevision) }, columns, before: undefined };
  }
  const history: History = (await isAmbiguous(connection, place))
    ? { kind: 'ambiguous' }
    : { kind: 'history', exists: false, rows: [] };
  return { history, columns: undefined, before: undefined };
}

async function isAmbiguous(connection: MysqlConnection, { isGuarded }: RevisionsPlace): Promise<boolean> {
  if (!isGuarded) return false;
  const [rows = []] = await connection.ask([
    `SELECT 1 FROM information_schema.tables WHERE table_schema = ${quoteText(REVISIONS_DATABASE)} AND table_name = '${REVISIONS}'`,
  ]);
  return rows.length > 0;
}
