import { createHash } from 'node:crypto';

/** The server refuses longer names (MySQL 5.7.5, MariaDB 10.0.2). */
const MAX_LOCK_NAME = 64;
const PREFIX = 'flotilla/';

/**
 * The name of a target's own lock (DESIGN.md section 6): server-wide, so it holds the database. Long names become a hash.
 * `*` stands for a whole server; no database can be called `flotilla/*` here, for the server's names of locks ignore case but keep this sign.
 */
export function targetLockName(database: string): string {
  const plain = `${PREFIX}${database === '' ? '*' : database}`;
  if ([...plain].length <= MAX_LOCK_NAME) return plain;
  const hash = createHash('sha256').update(database).digest('hex');
  return `${PREFIX}${hash.slice(0, 40)}`;
}
