import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../shared/errors.ts';

/**
 * Writes a copy of a SQLite store as it is at one moment, whoever writes to it meanwhile. The copy is whole: one file, no log beside it.
 * @param to must not exist
 * @throws AppError STORE_UNAVAILABLE
 */
export function backupSqlite(file: string, to: string): void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 5_000 });
    database.prepare('vacuum into ?').run(to);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('STORE_UNAVAILABLE', `the store "${file}" cannot be copied to "${to}": ${why}`, {
      next: 'give a new name in a folder that can be written and has room for it',
      cause: error,
    });
  } finally {
    database?.close();
  }
}
