import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../../shared/clock.ts';
import { DriverError, type History, type OpenRequest, type Session } from '../../run/ports.ts';
import type { Revision } from '../../run/types.ts';
import { exec, OPENING, openConnection, read, type SqliteConnection } from './connection.ts';
import { foreignKeyMismatch, SELECT_VIOLATIONS } from './foreign-keys.ts';
import {
  addMissingColumns,
  CREATE_REVISIONS,
  readRevision,
  removeRevision,
  SELECT_COLUMNS,
  SELECT_REVISIONS,
  selectPresent,
  writeRevision,
} from './revision-rows.ts';
import type { SqliteDsn } from './sqlite-dsn.ts';
import { createTargetLocks } from './target-locks.ts';
import type { SqliteThread } from './worker-pool.ts';
import type { SqlValue, Step } from './worker-protocol.ts';

/** What the Go driver waits where the limits set no time. Never endless: a thread that waits inside of SQLite cannot be stopped. */
export const DEFAULT_BUSY_TIMEOUT_MS = 5000;

/** Statements that SQLite runs inside of a transaction; others (PRAGMA, VACUUM, ATTACH, the user's own BEGIN) are run as they are. */
const IS_TRANSACTIONAL = /^\s*(?:alter|analyze|create|delete|drop|insert|reindex|replace|select|update|values|with)\b/i;

/** Changes when another connection has committed to the file (sqlite.org/pragma.html#pragma_data_version). */
const DATA_VERSION = read('PRAGMA data_version');
const SELECT_TABLES =
  "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'atlas_schema_revisions' ORDER BY name";

/** Views before tables, for a view may refer to one; indexes and triggers go with their table. */
const SELECT_OBJECTS =
  "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC, name";
const quoteId = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * A session on one file. The lock of a fleet is the transaction itself: BEGIN IMMEDIATE lets one writer in, and the revisions read before
 * it hold if `data_version` has not moved. The file is opened when it is first needed, so that a read leaves no file where none was.
 */
export function createSession(
  thread: SqliteThread,
  dsn: SqliteDsn,
  { limits, signal }: OpenRequest,
  clock: Clock,
): Session {
  const locks = createTargetLocks(dsn, clock);
  const busyTimeoutMs =
    dsn.busyTimeoutMs ?? (limits.lockTimeoutMs === 0 ? DEFAULT_BUSY_TIMEOUT_MS : limits.lockTimeoutMs);
  let opened: SqliteConnection | undefined;
  let onBegun: (() => void) | undefined;
  let seen: { readonly version: SqlValue; readonly rows: readonly Revision[] } | undefined;
  let exists = false;
  let missing: readonly string[] = [];
  let violations: readonly string[] = [];

  const connection = async (): Promise<SqliteConnection> => {
    if (signal?.aborted === true) throw cancelled();
    opened ??= await openConnection(thread, dsn, busyTimeoutMs);
    return opened;
  };
  /** Told once: by what changes something next, or where nothing will. */
  const takeOnBegun = (): (() => void) | undefined => {
    const told = onBegun;
    onBegun = undefined;
    return told;
  };
  const run = async (steps: readonly Step[]) => {
    const db = await connection();
    return db.run(steps, steps.every(({ kind }) => kind === 'read') ? undefined : takeOnBegun());
  };

  const readHistory = async (): Promise<History> => {
    const db = await connection();
    const [columns, version] = await db.run([read(SELECT_COLUMNS), DATA_VERSION]);
    const present = (columns?.rows ?? []).map(([name]) => String(name));
    missing = present.length === 0 ? [] : addMissingColumns(present);
    const sql = missing.length === 0 ? SELECT_REVISIONS : selectPresent(present);
    const [found] = present.length === 0 ? [] : await db.run([read(sql)]);
    const rows = (found?.rows ?? []).map(readRevision);
    seen = { version: version?.rows[0]?.[0] ?? null, rows };
    exists = present.length > 0;
    return { kind: 'history', exists, rows };
  };
  const readUnlessAbsent = async (): Promise<History> => {
    if (opened === undefined && isAbsent(dsn)) return { kind: 'history', exists: false, rows: [] };
    return readHistory();
  };

  /** Sees that the rows read earlier still hold, now that nobody else can write. */
  const confirmHistory = async (version: SqlValue | undefined): Promise<void> => {
    if (seen === undefined || version === seen.version) return;
    const before = seen.rows;
    const now = await readHistory();
    if (now.kind === 'history' && !isSame(before, now.rows)) {
      throw new DriverError('history-moved', 'another migration changed the revisions meanwhile', { class: 'lock' });
    }
  };
  const lockOutside = async (): Promise<void> => {
    const db = await connection();
    if (db.isInTransaction || !locks.takeOwn()) return;
    const [version] = await db.run([DATA_VERSION]);
    await confirmHistory(version?.rows[0]?.[0]);
  };

  const rollback = async (): Promise<void> => {
    takeOnBegun()?.();
    if (opened === undefined) return;
    const steps = opened.isInTransaction ? [exec('ROLLBACK')] : [];
    if (dsn.foreignKeys) steps.push(exec('PRAGMA foreign_keys = on'));
    if (steps.length > 0) await opened.run(steps).catch(() => undefined);
  };

  return {
    async lockAndRead(lock) {
      locks.take(lock);
      return readUnlessAbsent();
    },
    read: readUnlessAbsent,
    async checkClean() {
      // A dry run leaves no file where none was.
      if (opened === undefined && isAbsent(dsn)) return true;
      const [tables] = await run([read(SELECT_TABLES)]);
      const names = (tables?.rows ?? []).map(([name]) => String(name));
      if (names.length === 0) return true;
      return { reason: names.length === 1 ? `found table "${names[0]}"` : `found multiple tables: ${names.length}` };
    },
    async createRevisions() {
      const steps = [...(exists ? [] : [CREATE_REVISIONS]), ...missing].map(exec);
      if (steps.length > 0) await run(steps);
      exists = true;
      missing = [];
    },
    canRollBack: () => true,
    whenBegun(told) {
      takeOnBegun()?.();
      onBegun = told;
    },
    async begin() {
      // Inside of a transaction the pragma does nothing (sqlite.org/foreignkeys.html, section 2).
      const off = dsn.foreignKeys ? [exec('PRAGMA foreign_keys = off')] : [];
      try {
        const results = await run([...off, exec('BEGIN IMMEDIATE'), DATA_VERSION]);
        if (dsn.foreignKeys) violations = await listViolations(await connection());
        await confirmHistory(results.at(-1)?.rows[0]?.[0]);
      } catch (error) {
        await rollback();
        throw error;
      }
    },
    async commit() {
      // Not `connection()`: what is done by now is kept, also when the caller gives up meanwhile.
      if (opened === undefined) return;
      if (dsn.foreignKeys) {
        const problem = foreignKeyMismatch(violations, await listViolations(opened));
        if (problem !== undefined) {
          await rollback();
          throw new DriverError('statement', problem, { class: 'permanent', code: 'SQLITE_CONSTRAINT' });
        }
      }
      await opened.run([exec('COMMIT'), ...(dsn.foreignKeys ? [exec('PRAGMA foreign_keys = on')] : [])]);
    },
    rollback,
    async write(rows) {
      await lockOutside();
      await run(rows.map(writeRevision));
    },
    async remove(versions) {
      await lockOutside();
      await run(versions.map(removeRevision));
    },
    async execute(statement, step) {
      await lockOutside();
      const db = await connection();
      const steps = [exec(statement), ...(step === undefined ? [] : [writeRevision(step.after)])];
      if (db.isInTransaction || step === undefined || !IS_TRANSACTIONAL.test(statement)) {
        await db.run(steps, takeOnBegun());
        return;
      }
      // txmode none: one statement with its row, so that a kill between the two leaves either both or none.
      try {
        await db.run([exec('BEGIN IMMEDIATE'), ...steps, exec('COMMIT')], takeOnBegun());
      } catch (error) {
        if (db.isInTransaction) await db.run([exec('ROLLBACK')]).catch(() => undefined);
        throw error;
      }
    },
    async ask(question) {
      const [found] = await run([read(question)]);
      const value = found?.rows[0]?.[0] ?? null;
      return value === null ? null : String(value);
    },
    async rows(questions) {
      if (opened === undefined && isAbsent(dsn)) return questions.map(() => []);
      const found = await run(questions.map((question) => read(question)));
      return found.map(({ columns, rows }) =>
        rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null]))),
      );
    },
    async dropAll() {
      const db = await connection();
      const [objects] = await db.run([read(SELECT_OBJECTS)]);
      const drops = (objects?.rows ?? []).map(([type, name]) =>
        exec(`DROP ${type} IF EXISTS ${quoteId(String(name))}`),
      );
      await db.run([exec('PRAGMA foreign_keys = off'), exec('BEGIN IMMEDIATE'), ...drops, exec('COMMIT')]);
    },
    async release() {
      takeOnBegun()?.();
      // Closing rolls back, and as the last connection it takes the journal away.
      await opened?.close().catch(() => undefined);
      opened = undefined;
      locks.giveUp();
    },
  };
}

const cancelled = (): DriverError => new DriverError('cancelled', 'cancelled', { class: 'transient' });

const listViolations = async (db: SqliteConnection): Promise<readonly string[]> => {
  const [found] = await db.run([read(SELECT_VIOLATIONS)]);
  return (found?.rows ?? []).map((row) => row.map(String).join('\u0000'));
};

/** A missing folder is an error; a missing file in a folder is an empty database. */
function isAbsent({ file }: SqliteDsn): boolean {
  if (file === undefined || fs.existsSync(file)) return false;
  if (fs.statSync(path.dirname(file), { throwIfNoEntry: false })?.isDirectory() === true) return true;
  throw new DriverError('connect', `${OPENING}unable to open database file: no such file or directory`, {
    class: 'transient',
    code: 'SQLITE_CANTOPEN',
    sessionLost: true,
  });
}

const isSame = (before: readonly Revision[], now: readonly Revision[]): boolean =>
  before.length === now.length &&
  before.every((row, i) => {
    const other = now[i];
    return (
      row.version === other?.version &&
      row.applied === other.applied &&
      row.total === other.total &&
      row.type === other.type
    );
  });
