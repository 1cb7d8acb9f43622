import os from 'node:os';
import pLimit from 'p-limit';
import { type Driver, type DriverDeps, DriverError, type History, type OpenRequest } from '../../run/ports.ts';
import type { SessionLimits } from '../../run/types.ts';
import type { DatabaseUrl } from '../../url/database-url.ts';
import { openConnection, read } from './connection.ts';
import { dropChecks } from './drop-checks.ts';
import { parseSqliteDsn, type SqliteDsn } from './sqlite-dsn.ts';
import { createSession, DEFAULT_BUSY_TIMEOUT_MS } from './sqlite-session.ts';
import { createThreadPool } from './worker-pool.ts';

/** More threads than this wait for the same disk. */
const MAX_THREADS = 8;
const IDLE_MS = 5000;

export interface SqliteDriverOptions {
  /** Where relative paths start; without it, in the working directory of the process. */
  readonly baseDir?: string;
  /** How many files are worked on at once. */
  readonly threads?: number;
}

/** The driver of SQLite files, each session on a worker thread of its own. */
export function createSqliteDriver(
  { clock }: Pick<DriverDeps, 'clock'>,
  { baseDir = '', threads }: SqliteDriverOptions = {},
): Driver {
  const size = threads ?? Math.min(MAX_THREADS, Math.max(2, os.availableParallelism() * 2));
  const pool = createThreadPool({ size, idleMs: IDLE_MS });
  const limit = pLimit(size);

  const open = async (request: OpenRequest) => {
    const { url, revisionsSchema } = request.target;
    const dsn = dsnOf(url, baseDir);
    if (revisionsSchema !== undefined && revisionsSchema !== '' && revisionsSchema !== 'main') {
      const text = `cannot store revisions-table in a separate schema ("${revisionsSchema}") with SQLite driver`;
      throw new DriverError('url', text, { class: 'permanent' });
    }
    const thread = await pool.take(request.signal).catch((cause: unknown) => {
      throw new DriverError('cancelled', 'cancelled', { class: 'transient', cause });
    });
    const session = createSession(thread, dsn, request, clock);
    let isReleased = false;
    return {
      ...session,
      async release() {
        if (isReleased) return;
        isReleased = true;
        await session.release();
        pool.giveBack(thread);
      },
    };
  };

  return {
    dialects: ['sqlite'],
    scanner: 'sqlite',
    open,
    surveysTogether: () => false,
    survey: (targets, limits) =>
      Promise.all(
        targets.map((target) =>
          limit(async (): Promise<History | DriverError> => {
            try {
              const session = await open({ target, limits, sessionName: 'flotilla survey' });
              return await session.read().finally(() => session.release());
            } catch (error) {
              if (error instanceof DriverError) return error;
              throw error;
            }
          }),
        ),
      ),
    dropChecks,
    async query(url, sql, args, limits) {
      const dsn = dsnOf(url, baseDir);
      const thread = await pool.take();
      try {
        const db = await openConnection(thread, dsn, dsn.busyTimeoutMs ?? busyTimeout(limits));
        try {
          const [result] = await db.run([
            read(
              sql,
              args.map((arg) => (typeof arg === 'boolean' ? Number(arg) : arg)),
            ),
          ]);
          return { columns: result?.columns ?? [], rows: (result?.rows ?? []).map((row) => row.map(plain)) };
        } finally {
          await db.close();
        }
      } finally {
        pool.giveBack(thread);
      }
    },
    close: () => pool.close(),
  };
}

const busyTimeout = ({ lockTimeoutMs }: SessionLimits): number =>
  lockTimeoutMs === 0 ? DEFAULT_BUSY_TIMEOUT_MS : lockTimeoutMs;

/** Integers as numbers where they fit. */
const plain = (value: unknown): unknown =>
  typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;

function dsnOf(url: DatabaseUrl, baseDir: string): SqliteDsn {
  const dsn = parseSqliteDsn(url.reveal(), baseDir);
  if ('problem' in dsn) throw new DriverError('url', dsn.problem, { class: 'permanent' });
  return dsn;
}
