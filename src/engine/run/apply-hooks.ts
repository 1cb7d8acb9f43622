/** What a project wants asked and run around an apply: `check`, `pre` and `post "migrate_apply"`, `hook "sql"` (atlas-config-cli.md 1.2, 1.7). */

/**
 * When SQL of the project runs. `pre`: before the first file, `post`: after the last one, both outside of its transaction. The others: inside of
 * each transaction of migrations.
 */
export type HookPoint = 'pre' | 'post' | 'afterBegin' | 'beforeCommit' | 'beforeRollback';

/** SQL of one block. It may be made of secrets: never log, store or send it but through `ApplyHooks.redact`. */
export interface HookScript {
  /** Which block it stands in, for messages: `pre "migrate_apply"`, `hook "sql" "limits"`. */
  readonly source: string;
  /** One statement or several. */
  readonly sql: string;
  /** What the database refuses is passed over. */
  readonly skipErrors: boolean;
}

/** What is about to be run on a target: `self.planned_migration`. */
export interface PlannedMigration {
  readonly files: readonly { readonly name: string; readonly version: string; readonly description: string }[];
  readonly statements: readonly string[];
  readonly targetVersion: string;
}

/** Why it must not be run. */
export interface Denial {
  /** `PROJECT_INVALID`: a condition cannot be decided, which is no permission either. */
  readonly code: 'MIGRATION_DENIED' | 'PROJECT_INVALID';
  /** The rule, for messages: `check "migrate_apply": deny "freeze"`. The same for every target. */
  readonly rule: string;
  readonly message: string;
}

export interface ApplyHooks {
  /** Asks the rules, under a dry run too. undefined: nothing speaks against it. Never rejects for what a user wrote. */
  readonly judge?: (planned: PlannedMigration) => Promise<Denial | undefined>;
  /** In the order in which they run. */
  readonly scripts: Readonly<Record<HookPoint, readonly HookScript[]>>;
  /** What the project says of the `pre` and `post` that it skips. Without secrets. */
  readonly notices: readonly string[];
  /** The text without the project's secrets. */
  readonly redact: (text: string) => string;
}
