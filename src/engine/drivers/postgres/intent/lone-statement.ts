import { WordReader } from '../../../dialects/word-reader.ts';
import { quoteName } from '../quote.ts';
import { wordsOf } from './words.ts';

/**
 * A statement that the server runs in no transaction but its own (PreventInTransactionBlock), so that its progress cannot be committed with
 * it, and how it can be known afterwards whether it has landed. Names are quoted, for `to_regclass`.
 */
export type LoneStatement =
  /** CREATE INDEX CONCURRENTLY. What dies leaves an INVALID index (postgresql.org/docs/current/sql-createindex.html). `name` is without a schema. */
  | { readonly kind: 'create-index'; readonly table: string; readonly name: string | undefined }
  | { readonly kind: 'drop-index'; readonly index: string }
  /** REINDEX CONCURRENTLY. What dies leaves INVALID indexes named `…_ccnew`, `…_ccold`; it can be run again. */
  | { readonly kind: 'reindex' }
  /** ALTER TABLE … DETACH PARTITION CONCURRENTLY. What dies leaves a detach that is pending, to be brought to its end by FINALIZE. */
  | { readonly kind: 'detach'; readonly parent: string; readonly partition: string }
  /** Running it twice is running it once. */
  | { readonly kind: 'repeatable' }
  | { readonly kind: 'unseen'; readonly why: string };

const REPEATABLE = ['vacuum', 'analyze', 'checkpoint', 'cluster', 'reindex', 'discard'] as const;

/** undefined: it can share a transaction, as far as its text tells. The server's own word (SQLSTATE 25001, 2D000) comes first. */
export function readLoneStatement(statement: string): LoneStatement | undefined {
  const reader = new WordReader(wordsOf(statement));
  if (reader.take('create')) {
    reader.take('unique');
    if (!reader.take('index', 'concurrently')) return undefined;
    reader.take('if', 'not', 'exists');
    const name = reader.take('on') ? undefined : reader.name()?.name;
    if (name !== undefined) reader.take('on');
    reader.take('only');
    const table = fullName(reader);
    return table === undefined ? unseen : { kind: 'create-index', table, name };
  }
  if (reader.take('drop')) {
    if (!reader.take('index', 'concurrently')) return undefined;
    reader.take('if', 'exists');
    const index = fullName(reader);
    return index === undefined ? unseen : { kind: 'drop-index', index };
  }
  if (reader.take('alter', 'system')) return { kind: 'repeatable' };
  if (reader.take('alter', 'table')) {
    reader.take('if', 'exists');
    reader.take('only');
    const parent = fullName(reader);
    if (parent === undefined || !reader.take('detach', 'partition')) return undefined;
    const partition = fullName(reader);
    if (partition === undefined || !reader.take('concurrently')) return undefined;
    return { kind: 'detach', parent, partition };
  }
  if (reader.has('reindex') && reader.has('concurrently')) return { kind: 'reindex' };
  return REPEATABLE.some((word) => reader.take(word)) ? { kind: 'repeatable' } : undefined;
}

const unseen: LoneStatement = { kind: 'unseen', why: 'its objects cannot be read from its text' };

/** Of a statement that the server would not run in a transaction, though its text did not say so. */
export const UNREADABLE: LoneStatement = { kind: 'unseen', why: 'what it does cannot be seen from its text' };

function fullName(reader: WordReader): string | undefined {
  const found = reader.name();
  return found === undefined ? undefined : quoteName(found);
}

const OPENS = /^(?:begin|start\s+transaction)\b/i;
const ENDS = /^(?:commit|end|rollback(?!\s+to\b)|abort|prepare\s+transaction)\b/i;

/** What a statement of the user does to a transaction of the user's own. */
export const transactionControl = (statement: string): 'opens' | 'ends' | undefined => {
  const text = statement.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)*/, '');
  return OPENS.test(text) ? 'opens' : ENDS.test(text) ? 'ends' : undefined;
};
