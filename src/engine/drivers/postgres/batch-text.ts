import { POSTGRES_SCAN_OPTIONS } from '../../dialects/postgres/scan-options.ts';
import { scanText } from '../../dialects/scan-statements.ts';

/** What is known of the statements of a file before they are sent. */
export interface BatchText {
  /** All statements as one text; undefined where they must be sent one by one. */
  readonly joined: string | undefined;
  /** Where each begins in it, in characters as the server counts them. */
  readonly starts: readonly number[];
  /** Whether they may leave something behind in the session: settings, temporary tables, roles. */
  readonly touchesSession: boolean;
}

/** Statements that change nothing but the database. */
const LEAVES_NOTHING =
  /^(?:create|alter|drop|insert|update|delete|comment|truncate|grant|revoke|reindex|merge|refresh)\b/i;
const TEMPORARY = /^create\s+(?:or\s+replace\s+)?(?:(?:local|global)\s+)?temp/i;
const TOUCHES_SESSION = /\bset_config\b|\bpg_(?:try_)?advisory_lock/i;
/** The user's own transaction control: the answers no longer count as one a statement. */
const CONTROLS_TRANSACTION = /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare)\b/i;

const cache = new WeakMap<readonly string[], BatchText>();

/**
 * Whether and how the statements of one file go out together. The answers of the server are told apart by counting them, so each text
 * must be exactly one command. The same array is judged once, however many targets it goes to.
 */
export function planBatch(statements: readonly string[]): BatchText {
  const known = cache.get(statements);
  if (known !== undefined) return known;
  const made = makeBatchText(statements);
  cache.set(statements, made);
  return made;
}

function makeBatchText(statements: readonly string[]): BatchText {
  const touchesSession = statements.some(
    (text) => !LEAVES_NOTHING.test(text) || TEMPORARY.test(text) || TOUCHES_SESSION.test(text),
  );
  if (!statements.every(isOneCommand)) return { joined: undefined, starts: [], touchesSession };
  const starts: number[] = [];
  let joined = '';
  let length = 0;
  for (const text of statements) {
    starts.push(length);
    // On a line of its own, for the text may end in a comment. An empty command is no command to the server.
    const part = text.endsWith(';') ? `${text}\n` : `${text}\n;\n`;
    joined += part;
    length += countCharacters(part);
  }
  return { joined, starts, touchesSession };
}

function isOneCommand(text: string): boolean {
  if (CONTROLS_TRANSACTION.test(text)) return false;
  const scanned = scanText(text, POSTGRES_SCAN_OPTIONS);
  return 'statements' in scanned && scanned.statements.length === 1 && scanned.statements[0]?.text === text;
}

const countCharacters = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** Which statement a position of the server's (1-based) is in; undefined: behind the last one. */
export function statementAt({ joined, starts }: BatchText, position: number): number | undefined {
  if (joined === undefined || position > countCharacters(joined)) return undefined;
  return starts.findLastIndex((start) => start < position);
}
