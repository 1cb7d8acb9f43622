import type { ErrorClass } from '../../../shared/states.ts';

/** Primary result codes (sqlite.org/rescode.html); an extended code has the primary one in its low byte. */
const SQLITE_ERROR = 1;
const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_NOMEM = 7;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_PROTOCOL = 15;
const SQLITE_SCHEMA = 17;
const SQLITE_TOOBIG = 18;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;
const SQLITE_AUTH = 23;
const SQLITE_RANGE = 25;
const SQLITE_NOTADB = 26;

interface Known {
  readonly name: string;
  readonly class: ErrorClass;
}

const KNOWN: Readonly<Record<number, Known>> = {
  [SQLITE_ERROR]: { name: 'SQLITE_ERROR', class: 'permanent' },
  [SQLITE_PERM]: { name: 'SQLITE_PERM', class: 'permanent' },
  [SQLITE_BUSY]: { name: 'SQLITE_BUSY', class: 'lock' },
  [SQLITE_LOCKED]: { name: 'SQLITE_LOCKED', class: 'lock' },
  [SQLITE_NOMEM]: { name: 'SQLITE_NOMEM', class: 'transient' },
  [SQLITE_READONLY]: { name: 'SQLITE_READONLY', class: 'permanent' },
  [SQLITE_IOERR]: { name: 'SQLITE_IOERR', class: 'transient' },
  [SQLITE_CORRUPT]: { name: 'SQLITE_CORRUPT', class: 'permanent' },
  // Somebody makes room, or mounts the folder: a later try may find it.
  [SQLITE_FULL]: { name: 'SQLITE_FULL', class: 'transient' },
  [SQLITE_CANTOPEN]: { name: 'SQLITE_CANTOPEN', class: 'transient' },
  [SQLITE_PROTOCOL]: { name: 'SQLITE_PROTOCOL', class: 'lock' },
  [SQLITE_SCHEMA]: { name: 'SQLITE_SCHEMA', class: 'transient' },
  [SQLITE_TOOBIG]: { name: 'SQLITE_TOOBIG', class: 'permanent' },
  [SQLITE_CONSTRAINT]: { name: 'SQLITE_CONSTRAINT', class: 'permanent' },
  [SQLITE_MISMATCH]: { name: 'SQLITE_MISMATCH', class: 'permanent' },
  [SQLITE_AUTH]: { name: 'SQLITE_AUTH', class: 'permanent' },
  [SQLITE_RANGE]: { name: 'SQLITE_RANGE', class: 'permanent' },
  [SQLITE_NOTADB]: { name: 'SQLITE_NOTADB', class: 'permanent' },
};

/** What an error of SQLite is called, and whether a later try may help. `resultCode`: extended or primary. */
export function classifySqlite(resultCode: number): { readonly code: string; readonly class: ErrorClass } {
  const known = KNOWN[resultCode & 0xff];
  return known === undefined
    ? { code: `SQLITE_${resultCode}`, class: 'unknown' }
    : { code: known.name, class: known.class };
}

export const isCannotOpen = (resultCode: number | undefined): boolean =>
  resultCode !== undefined && (resultCode & 0xff) === SQLITE_CANTOPEN;
