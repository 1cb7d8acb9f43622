import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../shared/errors.ts';
import { isAlive, type ProcessRecord, processIdentity } from '../../temporal/process-identity.ts';

/** `<state>/daemon.json`: who uses the folder, for people, messages and `flotilla server`. It is not the lock. */
export interface DaemonRecord extends ProcessRecord {
  /** Where it answers, once it listens. */
  readonly address?: string;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export interface StateLock {
  /** Writes where the daemon answers. */
  setAddress(address: string): void;
  release(): void;
}

const recordFile = (stateDir: string): string => path.join(stateDir, 'daemon.json');

/**
 * Takes the state folder for this process, and makes it where it is missing.
 * The lock is the one that SQLite takes on a file: the kernel frees it when the process ends, however it ends, so there is no stale lock.
 * @throws AppError STATE_UNWRITABLE, STATE_LOCKED
 */
export function takeStateFolder(stateDir: string, version: string): StateLock {
  try {
    makeFolders(stateDir);
    fs.accessSync(stateDir, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    throw unwritable(stateDir, error);
  }
  const lock = openLock(stateDir);
  const identity = processIdentity(process.pid) ?? '';
  let record: DaemonRecord = { pid: process.pid, identity, version, startedAt: new Date().toISOString() };
  const write = (): void => {
    const file = recordFile(stateDir);
    fs.writeFileSync(`${file}.new`, `${JSON.stringify(record)}\n`);
    fs.renameSync(`${file}.new`, file);
  };
  write();
  return {
    setAddress(address) {
      record = { ...record, address };
      write();
    },
    release() {
      fs.rmSync(recordFile(stateDir), { force: true });
      lock.close();
    },
  };
}

/** Folder by folder: `recursive: true` never comes back where the file system itself answers ENOENT, as below /proc (Node 24). */
function makeFolders(folder: string): void {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolders(parent);
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function openLock(stateDir: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path.join(stateDir, 'daemon.lock'));
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    const SQLITE_BUSY = 5;
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY))
      throw unwritable(stateDir, error);
    const other = readDaemonRecord(stateDir);
    throw new AppError(
      'STATE_LOCKED',
      `another daemon${other === undefined ? '' : ` (pid ${other.pid}${other.address === undefined ? '' : `, ${other.address}`})`} uses the state folder "${stateDir}"`,
      { next: `stop it with flotilla server stop --state-dir ${stateDir}, or choose another folder with --state-dir` },
    );
  }
}

const unwritable = (stateDir: string, error: unknown): AppError =>
  new AppError(
    'STATE_UNWRITABLE',
    `the state folder "${stateDir}" cannot be written (${error instanceof Error ? error.message : String(error)})`,
    { next: 'choose another with --state-dir or FLOTILLA_STATE_DIR', cause: error },
  );

/** The daemon that uses the folder, if it lives. */
export function readDaemonRecord(stateDir: string): DaemonRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(recordFile(stateDir), 'utf8'));
  } catch {
    return undefined;
  }
  return isRecord(value) && isAlive(value) ? value : undefined;
}

const isRecord = (value: unknown): value is DaemonRecord =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  typeof value.pid === 'number' &&
  'identity' in value &&
  typeof value.identity === 'string' &&
  'version' in value &&
  typeof value.version === 'string';
