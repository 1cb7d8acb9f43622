import type { Kysely, Transaction } from 'kysely';
import { AppError } from '../shared/errors.ts';
import type { Seal } from './seal.ts';
import type { Tables } from './tables.ts';
import type { Gate } from './types.ts';

/** Told of each write transaction: whether it was committed, and how many entries of the audit trail it held. Must not throw. */
export type StoreWatch = (write: { readonly committed: boolean; readonly auditEntries: number }) => void;

/** Entries of the audit trail by the transaction that writes them. */
const auditEntries = new WeakMap<object, number>();

/** Notes that the transaction writes an entry of the audit trail. */
export const noteAuditEntry = (trx: object): void => void auditEntries.set(trx, (auditEntries.get(trx) ?? 0) + 1);

/** An open back end. SQLite reads on a connection of its own (WAL): readers see what is committed and never wait for a writer. */
export interface StoreDatabase {
  readonly dialect: 'sqlite' | 'postgres';
  readonly reader: Kysely<Tables>;
  readonly writer: Kysely<Tables>;
  /** Over what may hold secrets: artifacts and variables. */
  readonly seal: Seal;
  /** The fast path of the gate, where the back end has one. */
  readonly readGate?: (rolloutId: string) => Gate | undefined;
  /** Told of each write when it has ended. */
  readonly watch?: StoreWatch;
  /** Called once when the tables are up to date. */
  readonly afterMigration?: () => void;
  /** Looks for damage on demand (SQLite: pragma quick_check); the problems found. */
  readonly check: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** SQLSTATEs after which the same transaction goes another way: serialization_failure, deadlock_detected, unique_violation by one who was faster. */
const AGAIN = new Set(['40001', '40P01', '23505']);
const MAX_TRIES = 5;

/** Runs one write transaction. @throws AppError STORE_UNAVAILABLE where the back end fails */
export async function writeStore<R>(db: StoreDatabase, run: (trx: Transaction<Tables>) => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    let entries = 0;
    try {
      const result = await db.writer.transaction().execute(async (trx) => {
        try {
          return await run(trx);
        } finally {
          entries = auditEntries.get(trx) ?? 0;
        }
      });
      db.watch?.({ committed: true, auditEntries: entries });
      return result;
    } catch (error) {
      if (attempt < MAX_TRIES && AGAIN.has(codeOf(error))) continue;
      const problem = asStoreError(error);
      // What is refused is no failure of the store.
      if (problem instanceof AppError && problem.code === 'STORE_UNAVAILABLE')
        db.watch?.({ committed: false, auditEntries: entries });
      throw problem;
    }
  }
}

/** Runs reads. @throws AppError STORE_UNAVAILABLE where the back end fails */
export async function readStore<R>(db: StoreDatabase, run: (reader: Kysely<Tables>) => Promise<R>): Promise<R> {
  try {
    return await run(db.reader);
  } catch (error) {
    throw asStoreError(error);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

function asStoreError(error: unknown): unknown {
  // Driver errors carry a code (SQLSTATE, ERR_SQLITE_ERROR, ECONNREFUSED); what has none is a bug of ours.
  if (error instanceof AppError || codeOf(error) === '') return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AppError('STORE_UNAVAILABLE', `the store failed: ${message}`, {
    next: 'check the disk and the rights of the state folder, or the server of FLOTILLA_STORE_URL',
    cause: error,
  });
}
