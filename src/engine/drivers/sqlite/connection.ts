import fs from 'node:fs';
import path from 'node:path';
import { DriverError } from '../../run/ports.ts';
import type { SqliteDsn } from './sqlite-dsn.ts';
import { classifySqlite, isCannotOpen } from './sqlite-errors.ts';
import type { SqliteThread } from './worker-pool.ts';
import type { Failure, ReadResult, Request, SqlValue, Step } from './worker-protocol.ts';

/** One open file, on a thread of its own. Rejects with DriverErrors only. */
export interface SqliteConnection {
  readonly isInTransaction: boolean;
  /**
   * Results of each step, empty for those that give no rows.
   * @param onBegun called when the first step is about to run, or never will
   */
  run(steps: readonly Step[], onBegun?: () => void): Promise<readonly ReadResult[]>;
  close(): Promise<void>;
}

export const exec = (sql: string): Step => ({ kind: 'exec', sql });
export const read = (sql: string, args: readonly SqlValue[] = []): Step => ({ kind: 'read', sql, args });

/** What Atlas was doing when a file cannot be opened (atlas-transcript.txt). */
export const OPENING = 'sqlite: querying schemas: ';

const NO_ROWS: ReadResult = { columns: [], rows: [] };

/** Opens the file, and creates it where it is missing (as Atlas does), but not its folder. */
export async function openConnection(
  thread: SqliteThread,
  dsn: SqliteDsn,
  busyTimeoutMs: number,
): Promise<SqliteConnection> {
  let isInTransaction = false;
  const ask = async (request: Request, onBegun?: () => void): Promise<readonly ReadResult[]> => {
    const reply = await thread.ask(request, onBegun).catch((cause: unknown) => {
      throw new DriverError('connect', 'the SQLite thread ended', { class: 'transient', sessionLost: true, cause });
    });
    isInTransaction = reply.inTransaction;
    if (!reply.ok) throw translate(reply.failure, request.kind, dsn);
    return reply.results.map((result) => result ?? NO_ROWS);
  };
  await ask({ kind: 'open', uri: dsn.uri, foreignKeys: dsn.foreignKeys, busyTimeoutMs, pragmas: dsn.pragmas });
  return {
    get isInTransaction() {
      return isInTransaction;
    },
    run: (steps, onBegun) => ask({ kind: 'run', steps, tellsBegun: onBegun !== undefined }, onBegun),
    async close() {
      await ask({ kind: 'close' });
    },
  };
}

function translate(failure: Failure, during: Request['kind'], dsn: SqliteDsn): DriverError {
  const { resultCode, message } = failure;
  if (resultCode === undefined) return new DriverError('statement', message, { class: 'unknown' });
  const { code, class: errorClass } = classifySqlite(resultCode);
  if (isCannotOpen(resultCode)) {
    const isOpening = during === 'open';
    return new DriverError('connect', `${isOpening ? OPENING : ''}${message}${whyCannotOpen(dsn.file)}`, {
      class: errorClass,
      code,
      sessionLost: isOpening,
    });
  }
  const kind = errorClass === 'lock' ? 'lock-timeout' : during === 'open' ? 'connect' : 'statement';
  return new DriverError(kind, message, { class: errorClass, code, sessionLost: during === 'open' });
}

/** SQLite keeps the reason to itself; the Go driver adds the system's words. */
function whyCannotOpen(file: string | undefined): string {
  if (file === undefined) return '';
  try {
    if (!fs.statSync(path.dirname(file)).isDirectory()) return ': not a directory';
    if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) return ': is a directory';
    fs.accessSync(fs.existsSync(file) ? file : path.dirname(file), fs.constants.R_OK | fs.constants.W_OK);
    return '';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return ': no such file or directory';
    return code === 'EACCES' ? ': permission denied' : '';
  }
}
