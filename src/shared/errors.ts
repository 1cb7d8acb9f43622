/** What the edges need to know of an error code: HTTP status, exit code, and whether trying again may help. */
export interface ErrorSpec {
  readonly status: number;
  readonly exitCode: number;
  readonly retryable: boolean;
  /** One line for docs/errors.md: what it means and what to do. */
  readonly meaning: string;
}

/**
 * Every error that a user can meet, by its stable code. docs/errors.md is held equal to this table by a test.
 * A code is never used again with another meaning.
 */
export const ERRORS = {
  // Input
  INPUT_INVALID: {
    status: 400,
    exitCode: 1,
    retryable: false,
    meaning: 'the request or an argument is not of the expected form; the message names the field',
  },
  BODY_TOO_LARGE: {
    status: 413,
    exitCode: 1,
    retryable: false,
    meaning: 'the request body is larger than the daemon accepts; send a smaller directory',
  },
  CONFIG_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'a configuration file, flag or variable is wrong; the diagnostics name file, line and column',
  },
  PROJECT_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the project file cannot be evaluated; the diagnostics name file, line and column',
  },
  PROJECT_NOT_FOUND: {
    status: 404,
    exitCode: 1,
    retryable: false,
    meaning: 'the daemon serves no project of that name; start it with --project NAME=DIR',
  },
  ENV_NOT_FOUND: { status: 404, exitCode: 1, retryable: false, meaning: 'the project file has no env of that name' },
  ENV_WITHOUT_TARGETS: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the env evaluates to no target; check for_each and its data source',
  },
  TARGET_ID_CLASH: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'two targets of the env have one id; set target = "<id>" in the env',
  },
  DOWN_NO_WAY_BACK: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning:
      'a version that should be taken back has no way back in its file; the message names it and what was looked for, nothing was changed',
  },
  DOWN_MOVED_ON: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning: 'the target is no longer at the version that should be taken back; the message says where it stands',
  },
  CHECK_FAILED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning: 'a pre-migration check of a file does not hold on the target; nothing of the file was run there',
  },
  MIGRATION_DENIED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'a deny rule of the project (check "migrate_apply") speaks against what is about to be run on the target; nothing was run there',
  },
  DOWN_CHECK_FAILED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'a check before a step that destroys data said no, and nothing was changed; look at the rows, then --skip-checks if they may go',
  },
  TARGET_OUTCOME_UNKNOWN: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'a statement was sent, its session was lost, and the database does not show whether it has landed; the message has the proof and the statement with which to say which it is',
  },
  TARGET_UNMATCHED: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'a target is matched by no group of the deployment; add a group without match',
  },
  DEPLOYMENT_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the deployment names an unknown group or has a cycle in depends_on',
  },
  // Directory
  DIRECTORY_NOT_FOUND: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the migration directory cannot be read',
  },
  DIRECTORY_CHECKSUM: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning:
      'atlas.sum is missing, malformed or does not match the files; run flotilla migrate hash after checking them',
  },
  DIRECTORY_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'a migration file cannot be scanned or has a wrong directive',
  },
  VERSION_NOT_FOUND: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the migration directory has no file of that version',
  },
  // Rollouts
  ROLLOUT_NOT_FOUND: {
    status: 404,
    exitCode: 1,
    retryable: false,
    meaning: 'no rollout has that id; flotilla rollout list shows them',
  },
  AUDIT_BROKEN: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'the audit trail of a rollout was changed after it was written; the message has the first event that does not fit',
  },
  FLEET_SHRANK: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'the env has far fewer targets than its last rollout; check the data source that lists them, or say with --accept-shrink that it is right',
  },
  ROLLOUT_LIVE: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning: 'a rollout of this env is not over; the message has its id',
  },
  ROLLOUT_OVER: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning: 'the rollout is over; the verb has nothing to act on',
  },
  ROLLOUT_STATE: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning: 'the verb does not fit the state that the rollout is in; the message says which does',
  },
  ROLLOUT_BUDGET: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'the failure budget of the group is used up; retry or skip the failed targets, or raise it with rollout set',
  },
  IDEMPOTENCY_MISMATCH: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning: 'the idempotency key was used before with other arguments',
  },
  TARGET_NOT_QUARANTINED: {
    status: 404,
    exitCode: 1,
    retryable: false,
    meaning: 'the target is not in quarantine; there is nothing to release',
  },
  TARGET_NOT_FOUND: { status: 404, exitCode: 1, retryable: false, meaning: 'the rollout has no target of that id' },
  GROUP_NOT_FOUND: { status: 404, exitCode: 1, retryable: false, meaning: 'the rollout has no group of that name' },
  // Access
  AUTH_REQUIRED: {
    status: 401,
    exitCode: 1,
    retryable: false,
    meaning: 'the daemon wants a bearer token, or the one given is not valid; set FLOTILLA_TOKEN',
  },
  AUTH_FORBIDDEN: {
    status: 403,
    exitCode: 1,
    retryable: false,
    meaning: 'the token has the role viewer; the verb needs operator',
  },
  SECOND_PERSON_NEEDED: {
    status: 403,
    exitCode: 1,
    retryable: false,
    meaning:
      'one person alone cannot do this: another operator confirms it, or is named with --approved-by where the daemon has no tokens',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    exitCode: 1,
    retryable: false,
    meaning: 'the API has no such path; /api/v1/openapi.json lists them',
  },
  // Daemon
  LISTEN_IN_USE: {
    status: 500,
    exitCode: 1,
    retryable: false,
    meaning: 'the listen address is taken by another process; choose another with --listen',
  },
  LISTEN_PUBLIC: {
    status: 500,
    exitCode: 1,
    retryable: false,
    meaning: 'a public listen address needs tokens in flotilla.yaml',
  },
  STATE_UNWRITABLE: {
    status: 500,
    exitCode: 1,
    retryable: false,
    meaning: 'the state folder cannot be written; choose another with --state-dir',
  },
  STATE_LOCKED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    meaning: 'another daemon uses the state folder; stop it, or choose another folder',
  },
  STORE_KEY_WRONG: {
    status: 500,
    exitCode: 1,
    retryable: false,
    meaning: 'the store was written under another key than FLOTILLA_STORE_KEY or store.key of the state folder',
  },
  STORE_UNAVAILABLE: { status: 503, exitCode: 1, retryable: true, meaning: 'the store cannot be opened or written' },
  TEMPORAL_NOT_FOUND: {
    status: 500,
    exitCode: 1,
    retryable: false,
    meaning: 'no Temporal server binary was found; the message lists what was tried',
  },
  TEMPORAL_CODEC_KEY_WRONG: {
    status: 500,
    exitCode: 1,
    retryable: false,
    meaning:
      'what Temporal has of a rollout was encrypted under a key that this process does not have; give every process all keys that were in use, the newest first',
  },
  TEMPORAL_UNAVAILABLE: { status: 503, exitCode: 1, retryable: true, meaning: 'the Temporal server does not answer' },
  DAEMON_UNREACHABLE: {
    status: 503,
    exitCode: 1,
    retryable: true,
    meaning: 'no daemon answers at the address; start one with flotilla serve, or set FLOTILLA_ADDR',
  },
  WAIT_TIMED_OUT: {
    status: 504,
    exitCode: 5,
    retryable: true,
    meaning: 'the rollout had not ended when --timeout was over; it goes on',
  },
  // Targets: the outcome of one database. The class says whether and when it is tried again.
  TARGET_CONNECT: {
    status: 502,
    exitCode: 1,
    retryable: true,
    meaning: 'the database refuses connections or cannot be reached',
  },
  TARGET_AUTH: {
    status: 502,
    exitCode: 1,
    retryable: false,
    meaning: 'the database does not accept the user or password of the URL',
  },
  TARGET_POOLER: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the URL leads through a pooler (PgBouncer), and this migration needs a session of its own on the server',
  },
  TARGET_LOCK_HELD: {
    status: 409,
    exitCode: 1,
    retryable: true,
    meaning: 'another migration holds the lock of this target',
  },
  TARGET_LOCK_TIMEOUT: {
    status: 409,
    exitCode: 1,
    retryable: true,
    meaning: 'a statement waited longer than lock_timeout for a table lock; the blocker is in the message',
  },
  TARGET_STATEMENT: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'a statement of a migration file failed; the message has the database error',
  },
  TARGET_NOT_CLEAN: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the database has tables but no revisions; use --baseline or --allow-dirty',
  },
  SCHEMA_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the desired schema cannot be read: each mistake is shown with its file and place',
  },
  SCHEMA_EMPTY: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the desired state has no schema at all; nothing is dropped because of an empty or unreadable source',
  },
  SCHEMA_NOT_APPROVED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'planned changes were not applied: nobody has approved them; --auto-approve does, --dry-run only shows them',
  },
  SCHEMA_CHANGE_IMPOSSIBLE: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the database has no statement for a change: nothing was run, and the message says what to do instead',
  },
  SCHEMA_SCOPE: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'one side is a single schema and the other a whole database, or has several schemas',
  },
  PLAN_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'a plan file cannot be read, or its statements do not lead from the state that it names to the other',
  },
  PLAN_STALE: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning: 'the database, or the desired state, is not the one that the plan was made for; plan again',
  },
  PLAN_CHANGED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'what a rollout would do now is not what was approved: its plan has another digest; look at the plan again',
  },
  PLAN_DRIFTED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning:
      'the schema of the target is in none of the states that the rollout has planned for, and nothing was run there',
  },
  STATE_NOT_REACHED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    meaning: 'the statements of a plan ran, and the schema is still not the desired one; they were rolled back',
  },
  SCHEMA_DIALECT_UNSUPPORTED: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'schema commands cannot read databases of this kind in this version',
  },
  TARGET_HISTORY: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the revisions of the target and the directory do not fit: out of order, changed or missing files',
  },
  TARGET_AMBIGUOUS_REVISIONS: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'two revisions tables could be meant; set revisions_schema',
  },
  TARGET_URL_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    meaning: 'the URL of a target cannot be understood',
  },
  TARGET_CHANGED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    meaning: 'the URL found for the target id is not the one that the rollout was created with',
  },
  INTERNAL: { status: 500, exitCode: 2, retryable: false, meaning: 'a bug in Flotilla; the log has the stack' },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

/** One field or place that is wrong, for errors that list several. */
export interface ErrorDetail {
  readonly message: string;
  readonly path?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The rendered code frame, without colours. */
  readonly frame?: string;
}

/**
 * The world failed, or a request was refused. `message`: lower case, no full stop, the offending name in quotes, what was expected.
 * `next`: the command or step that helps. Never put a secret in any of them.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly next: string | undefined;
  readonly details: readonly ErrorDetail[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly next?: string; readonly details?: readonly ErrorDetail[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.next = options.next;
    this.details = options.details ?? [];
  }
}
