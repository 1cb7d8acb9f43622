import { POSTGRES_SCAN_OPTIONS } from '../../dialects/postgres/scan-options.ts';
import { scanText } from '../../dialects/scan-statements.ts';

/** What is known of the statements of a file before they are sent. */
export interface BatchPlan {
  /** Whether they may go out together: each is exactly one command, and none asks for data of the client. */
  readonly canPipeline: boolean;
  /** Whether they may leave something behind in the session: settings, temporary tables, roles. */
  readonly touchesSession: boolean;
}

/** Statements that change nothing but the database. */
const LEAVES_NOTHING =
  /^(?:create|alter|drop|insert|update|delete|comment|truncate|grant|revoke|reindex|merge|refresh)\b/i;
const TEMPORARY = /^create\s+(?:or\s+replace\s+)?(?:(?:local|global)\s+)?temp/i;
const TOUCHES_SESSION = /\bset_config\b|\bpg_(?:try_)?advisory_lock/i;
/** The user's own transaction control is left to itself; COPY FROM STDIN would take the next commands for its data. */
const NEVER_TOGETHER = /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare|copy)\b/i;

const cache = new WeakMap<readonly string[], BatchPlan>();

/** How the statements of one file go out. The same array is judged once, however many targets it goes to. */
export function planBatch(statements: readonly string[]): BatchPlan {
  const known = cache.get(statements);
  if (known !== undefined) return known;
  const plan = {
    canPipeline: statements.every(isOneCommand),
    touchesSession: statements.some(
      (text) => !LEAVES_NOTHING.test(text) || TEMPORARY.test(text) || TOUCHES_SESSION.test(text),
    ),
  };
  cache.set(statements, plan);
  return plan;
}

function isOneCommand(text: string): boolean {
  if (NEVER_TOGETHER.test(text)) return false;
  const scanned = scanText(text, POSTGRES_SCAN_OPTIONS);
  return 'statements' in scanned && scanned.statements.length === 1 && scanned.statements[0]?.text === text;
}
