import type { Verdict } from '../../../run/intent.ts';
import type { PostgresConnection } from '../postgres-connection.ts';
import { quoteText } from '../quote.ts';
import type { LoneStatement } from './lone-statement.ts';

/** What the catalog says of the objects of a lone statement, at one moment; kept as JSON in the revision row. */
export type LoneEvidence =
  /** Oids of the indexes of the table. */
  | { readonly kind: 'create-index'; readonly table: string; readonly indexes: readonly string[] }
  /** null: there is none. */
  | { readonly kind: 'drop-index'; readonly oid: string | null; readonly index: string }
  /** Oids of the INVALID indexes of the database. */
  | { readonly kind: 'reindex'; readonly invalid: readonly string[] }
  | { readonly kind: 'detach'; readonly parent: string; readonly partition: string; readonly state: DetachState }
  | { readonly kind: 'repeatable' }
  | { readonly kind: 'unseen'; readonly why: string };

export type DetachState = 'attached' | 'pending' | 'detached';

/** Before a statement is sent. An INVALID index of the name that it is to make is what an earlier try has left: it is dropped first. */
export async function readEvidence(connection: PostgresConnection, lone: LoneStatement): Promise<LoneEvidence> {
  switch (lone.kind) {
    case 'create-index': {
      const { table, name } = lone;
      if (name !== undefined) {
        const invalid = (await indexesOf(connection, table)).filter((one) => !one.isValid && one.name === name);
        await dropIndexes(connection, invalid);
      }
      return { kind: 'create-index', table, indexes: (await indexesOf(connection, table)).map(({ oid }) => oid) };
    }
    case 'drop-index':
      return { ...lone, oid: await oidOf(connection, lone.index) };
    case 'reindex':
      return { kind: 'reindex', invalid: (await invalidIndexes(connection)).map(({ oid }) => oid) };
    case 'detach':
      return { ...lone, state: await detachState(connection, lone.parent, lone.partition) };
    default:
      return lone;
  }
}

/**
 * Whether the statement of this evidence has landed, after its session was lost or it was refused. Brings to its end, or removes, what the server has
 * left half done. Outside of a transaction, under the target's lock.
 */
export async function settleEvidence(connection: PostgresConnection, before: LoneEvidence): Promise<Verdict> {
  switch (before.kind) {
    case 'create-index': {
      const made = (await indexesOf(connection, before.table)).filter(({ oid }) => !before.indexes.includes(oid));
      const invalid = made.filter(({ isValid }) => !isValid);
      await dropIndexes(connection, invalid);
      return { kind: made.length > invalid.length ? 'landed' : 'not-landed' };
    }
    case 'drop-index':
      return {
        kind: before.oid !== null && (await oidOf(connection, before.index)) !== before.oid ? 'landed' : 'not-landed',
      };
    case 'reindex': {
      const left = (await invalidIndexes(connection)).filter(
        ({ oid, name }) => !before.invalid.includes(oid) && /_cc(?:new|old)\d*$/.test(name),
      );
      await dropIndexes(connection, left);
      return { kind: 'not-landed' };
    }
    case 'detach':
      return settleDetach(connection, before);
    case 'repeatable':
      return { kind: 'not-landed' };
    case 'unseen':
      return { kind: 'open', proof: before.why };
  }
}

/** After a statement that was cancelled: drops what it has left that is of no use to anybody. Nothing is brought to its end. */
export async function dropHalfDone(connection: PostgresConnection, before: LoneEvidence): Promise<void> {
  if (before.kind === 'create-index' || before.kind === 'reindex') await settleEvidence(connection, before);
}

interface FoundIndex {
  readonly oid: string;
  readonly name: string;
  /** Quoted, with its schema. */
  readonly fullName: string;
  readonly isValid: boolean;
}

const SELECT_INDEXES =
  "SELECT i.indexrelid, c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), i.indisvalid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";

const indexesOf = (connection: PostgresConnection, table: string): Promise<readonly FoundIndex[]> =>
  readIndexes(connection, `${SELECT_INDEXES} WHERE i.indrelid = to_regclass(${quoteText(table)})`);

const invalidIndexes = (connection: PostgresConnection): Promise<readonly FoundIndex[]> =>
  readIndexes(connection, `${SELECT_INDEXES} WHERE NOT i.indisvalid`);

async function readIndexes(connection: PostgresConnection, sql: string): Promise<readonly FoundIndex[]> {
  const [result] = await connection.send(sql);
  return (result?.rows ?? []).map(([oid, name, fullName, isValid]) => ({
    oid: oid ?? '',
    name: name ?? '',
    fullName: fullName ?? '',
    isValid: isValid === 't',
  }));
}

async function dropIndexes(connection: PostgresConnection, indexes: readonly FoundIndex[]): Promise<void> {
  for (const { fullName } of indexes) await connection.send(`DROP INDEX CONCURRENTLY IF EXISTS ${fullName}`);
}

async function oidOf(connection: PostgresConnection, name: string): Promise<string | null> {
  const [result] = await connection.send(`SELECT to_regclass(${quoteText(name)})::oid`);
  return result?.rows[0]?.[0] ?? null;
}

async function detachState(connection: PostgresConnection, parent: string, partition: string): Promise<DetachState> {
  const [result] = await connection.send(
    `SELECT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhrelid = to_regclass(${quoteText(partition)}) AND inhparent = to_regclass(${quoteText(parent)})`,
  );
  const [pending] = result?.rows[0] ?? [];
  return pending === undefined ? 'detached' : pending === 't' ? 'pending' : 'attached';
}

async function settleDetach(
  connection: PostgresConnection,
  before: Extract<LoneEvidence, { readonly kind: 'detach' }>,
): Promise<Verdict> {
  const { parent, partition } = before;
  const now = await detachState(connection, parent, partition);
  if (now === 'pending') await connection.send(`ALTER TABLE ${parent} DETACH PARTITION ${partition} FINALIZE`);
  return { kind: before.state !== 'detached' && now !== 'attached' ? 'landed' : 'not-landed' };
}
