import pLimit from 'p-limit';
import { DriverError, type History } from '../../run/ports.ts';
import { readHashes } from '../../run/read-revision.ts';
import type { MigrationTarget, SessionLimits } from '../../run/types.ts';
import { type ConnectionPool, connectionKey } from './connection-pool.ts';
import { ExchangeFailed, type PostgresConnection } from './postgres-connection.ts';
import { toDriverError, UNDEFINED_TABLE } from './postgres-errors.ts';
import { quoteText } from './quote.ts';
import { hasAllColumns, REVISIONS, revisionsTable } from './revision-rows.ts';
import { placeOfRevisions } from './revisions-place.ts';

/** Tables in one UNION: the server locks and plans each, in the time of a chunk this long nobody waits noticeably. */
const CHUNK = 250;
/** Chunks of one database at the same time. */
const CONNECTIONS = 2;
/** Columns that tell where a target stands; the others are not read for hundreds of targets. */
const MARKS = ['version', 'description', 'type', 'applied', 'total', 'partial_hashes'] as const;

interface Item {
  readonly target: MigrationTarget;
  readonly table: string;
  readonly index: number;
}

/**
 * Reads many schemas of a database by few queries. What does not fit the fast way (no table, an old one, no right to read one) is read by
 * `readOne`. The rows hold what pending files are computed from; the other columns are empty.
 */
export async function surveyPostgres(
  pool: ConnectionPool,
  targets: readonly MigrationTarget[],
  limits: SessionLimits,
  readOne: (target: MigrationTarget) => Promise<History | DriverError>,
): Promise<readonly (History | DriverError)[]> {
  const results = new Array<History | DriverError | undefined>(targets.length);
  const groups = Map.groupBy(targets.entries(), ([, { url }]) => connectionKey(url));
  const one = pLimit(CONNECTIONS);
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const items: Item[] = [];
      for (const [index, target] of group) {
        try {
          items.push({ index, target, table: placeOfRevisions(target).revisions });
        } catch (error) {
          results[index] = toDriverError(error, 'working');
        }
      }
      await surveyDatabase(pool, items, limits, (item, history) => {
        results[item.index] = history;
      });
      await Promise.all(
        items
          .filter(({ index }) => results[index] === undefined)
          .map(({ index, target }) =>
            one(async () => {
              results[index] = await readOne(target);
            }),
          ),
      );
    }),
  );
  return results.map((result) => result ?? new DriverError('connect', 'not read', { class: 'unknown' }));
}

/** Reports what it could read; leaves out the rest. */
async function surveyDatabase(
  pool: ConnectionPool,
  items: readonly Item[],
  limits: SessionLimits,
  report: (item: Item, history: History | DriverError) => void,
): Promise<void> {
  const [first] = items;
  if (first === undefined || items.length === 1) return;
  const { url } = first.target;
  const withConnection = async <T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T> => {
    const connection = await pool.take(url, limits);
    try {
      return await work(connection);
    } finally {
      await connection.send('ROLLBACK').catch(() => connection.destroy());
      pool.giveBack(url, connection);
    }
  };
  try {
    const whole = await withConnection((connection) => listWholeTables(connection, limits, items));
    const limit = pLimit(CONNECTIONS);
    const chunks = chunked(items.filter(({ table }) => whole.has(table)));
    await Promise.all(
      chunks.map((chunk) => limit(() => withConnection((connection) => readChunk(connection, limits, chunk, report)))),
    );
  } catch (error) {
    const cause = toDriverError(error instanceof ExchangeFailed ? error.cause : error, 'working');
    // The server cannot be reached: asking again for each target would not change that.
    if (cause.kind === 'connect' || cause.kind === 'auth') for (const item of items) report(item, cause);
  }
}

const chunked = (items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));

const begin = (limits: SessionLimits): string =>
  `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;\nSELECT set_config('statement_timeout', '${limits.statementTimeoutMs}', true), set_config('lock_timeout', '${limits.lockTimeoutMs}', true)`;

/** Schemas whose revisions table has all columns. */
async function listWholeTables(
  connection: PostgresConnection,
  limits: SessionLimits,
  items: readonly Item[],
): Promise<ReadonlySet<string>> {
  const schemas = [...new Set(items.map(({ table }) => table))];
  const results = await connection.send(
    `${begin(limits)};\nSELECT n.nspname, array_to_string(array_agg(a.attname), ',') FROM pg_catalog.pg_namespace n
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = '${REVISIONS}' AND c.relkind IN ('r', 'p')
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname IN (${schemas.map(quoteText).join(', ')}) GROUP BY n.nspname`,
  );
  const rows = results[2]?.rows ?? [];
  return new Set(rows.filter(([, columns]) => hasAllColumns((columns ?? '').split(','))).map(([name]) => name ?? ''));
}

async function readChunk(
  connection: PostgresConnection,
  limits: SessionLimits,
  chunk: readonly Item[],
  report: (item: Item, history: History) => void,
): Promise<void> {
  const parts = chunk.map(({ table }, i) => `SELECT ${i} AS i, ${MARKS.join(', ')} FROM ${revisionsTable(table)}`);
  try {
    const results = await connection.send(`${begin(limits)};\n${parts.join(' UNION ALL ')}`);
    const found = chunk.map((): Extract<History, { kind: 'history' }>['rows'][number][] => []);
    for (const [i, version, description, type, applied, total, hashes] of results[2]?.rows ?? []) {
      found[Number(i)]?.push({
        version: version ?? '',
        description: description ?? '',
        type: Number(type),
        applied: Number(applied),
        total: Number(total),
        partialHashes: readHashes(hashes ?? ''),
        ...NOT_READ,
      });
    }
    for (const [i, item] of chunk.entries()) report(item, { kind: 'history', exists: true, rows: found[i] ?? [] });
  } catch (error) {
    const problem = toDriverError(error instanceof ExchangeFailed ? error.cause : error, 'working');
    if (problem.sessionLost || chunk.length === 1) {
      if (problem.sessionLost) throw error;
      return; // left to be read alone, which finds the words for it
    }
    // One of them spoils it (a missing right, a table that was dropped meanwhile): halve until it is alone.
    if (problem.code !== UNDEFINED_TABLE && problem.class !== 'permanent' && problem.class !== 'lock') return;
    await connection.send('ROLLBACK');
    const half = Math.ceil(chunk.length / 2);
    await readChunk(connection, limits, chunk.slice(0, half), report);
    await connection.send('ROLLBACK');
    await readChunk(connection, limits, chunk.slice(half), report);
  }
}

const NOT_READ = {
  executedAt: new Date(0),
  executionTime: 0n,
  error: '',
  errorStmt: '',
  hash: '',
  operatorVersion: '',
} as const;
