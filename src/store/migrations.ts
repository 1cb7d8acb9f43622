/** One step of our own schema: DDL that both back ends understand. */
export interface StoreMigration {
  readonly version: number;
  readonly statements: readonly string[];
}

/**
 * Only ever appended to. `bigint` is a 64-bit integer in Postgres and has integer affinity in SQLite.
 * Indexes of targets: claiming (rollout_id, group_name, host, state, seq), pages by state, a slice's own, and causes without a look at the table.
 */
export const MIGRATIONS: readonly StoreMigration[] = [
  {
    version: 1,
    statements: [
      'create table artifacts (digest text primary key, content text not null)',
      'create table staged_rollouts (rollout_id text primary key, created_at bigint not null)',
      `create table rollouts (
        id text primary key, project text not null, env text not null, state text not null, live integer not null,
        cause text, next text, to_version text not null, targets integer not null,
        target_set_digest text not null, directory_digest text not null, directory_artifact text not null, project_artifact text not null,
        epoch integer not null, vars text not null, created_by text not null,
        created_at bigint not null, started_at bigint, finished_at bigint,
        idempotency_key text unique, arguments_digest text not null, event_seq integer not null, event_hash text not null)`,
      'create unique index rollouts_live on rollouts (project, env) where live = 1',
      'create index rollouts_by_age on rollouts (created_at, id)',
      `create table rollout_groups (
        rollout_id text not null, name text not null, idx integer not null, size integer not null, parallel integer not null,
        per_host integer, max_failures integer, budget_mode text not null, on_failure text not null, approval integer not null,
        bake_ms bigint not null, depends_on text not null, state text not null,
        bake_until bigint, started_at bigint, finished_at bigint, primary key (rollout_id, name))`,
      `create table targets (
        rollout_id text not null, seq integer not null, id text not null, group_name text not null, host text not null,
        dialect text not null, url text not null, labels text not null, state text not null, pass integer not null, slice text,
        attempts integer not null, version text, duration_ms double precision, error_class text, error_code text, error text,
        fingerprint text, reason text, primary key (rollout_id, seq))`,
      'create unique index targets_by_id on targets (rollout_id, id)',
      'create index targets_to_claim on targets (rollout_id, group_name, host, state, seq)',
      'create index targets_by_state on targets (rollout_id, state, seq)',
      'create index targets_of_slice on targets (slice, seq) where slice is not null',
      'create index targets_causes on targets (rollout_id, fingerprint, group_name, seq) where fingerprint is not null',
      `create table counters (
        rollout_id text not null, group_name text not null, host text not null, state text not null, n integer not null,
        primary key (rollout_id, group_name, host, state))`,
      `create table slices (
        slice text primary key, rollout_id text not null, group_name text not null, host text not null,
        counts text not null, released integer not null, finished integer not null)`,
      'create table moves (rollout_id text not null, command_id text not null, moved text not null, primary key (rollout_id, command_id))',
      `create table gates (
        rollout_id text primary key, epoch integer not null, state text not null, pause_seq integer not null,
        by_operator integer not null, terminal integer not null, reason text, closed_by text)`,
      `create table events (
        rollout_id text not null, seq integer not null, at bigint not null, kind text not null, actor text not null,
        reason text, data text not null, hash text not null, primary key (rollout_id, seq))`,
      `create table commands (
        id text primary key, rollout_id text not null, verb text not null, payload text not null,
        created_at bigint not null, delivered integer not null)`,
      'create index commands_undelivered on commands (created_at, id) where delivered = 0',
    ],
  },
  {
    version: 2,
    statements: [
      `alter table rollouts add column direction text not null default 'up'`,
      'alter table rollouts add column skip_checks integer not null default 0',
      'alter table targets add column from_version text',
      'alter table targets add column down integer not null default 0',
      'create index targets_to_revert on targets (rollout_id, group_name, host, state, seq) where down = 1',
    ],
  },
  {
    version: 3,
    statements: [
      // Of rollouts that were created before: nobody looks for targets that appear.
      'alter table rollouts add column joiners text',
      'alter table rollouts add column joined integer not null default 0',
      `create table quarantine (
        project text not null, env text not null, target text not null, reason text not null, put_by text not null, put_at bigint not null,
        released_by text, released_at bigint, release_reason text)`,
      'create unique index quarantine_now on quarantine (project, env, target) where released_at is null',
    ],
  },
  {
    version: 4,
    statements: ['alter table gates add column cancels integer not null default 0'],
  },
  {
    version: 5,
    statements: [
      'alter table rollouts add column override_reason text',
      'alter table rollouts add column override_by text',
      'alter table rollouts add column override_at bigint',
      'alter table rollouts add column override_approved_by text',
      'alter table rollouts add column override_approved_at bigint',
    ],
  },
  {
    version: 6,
    statements: [
      `create table starts (
        project text not null, env text not null, rollout_id text not null, target text not null, started_at bigint not null,
        primary key (rollout_id, target))`,
      'create index starts_by_time on starts (project, env, started_at)',
    ],
  },
  {
    version: 7,
    statements: ['alter table rollouts add column lifted_throttles text'],
  },
  {
    version: 8,
    statements: [
      `create table host_leases (
        host text not null, holder text not null, places integer not null, wanted integer not null, running integer not null,
        until bigint not null, primary key (host, holder))`,
      `create table host_limits (
        host text primary key, places integer not null, halved integer not null, quiet integer not null)`,
    ],
  },
  {
    version: 9,
    statements: ['alter table rollouts add column lives integer not null default 1'],
  },
  {
    version: 10,
    statements: ['alter table artifacts add column used_at bigint not null default 0'],
  },
  {
    version: 11,
    statements: ['alter table rollouts add column trace text'],
  },
  {
    version: 12,
    statements: [
      `create table flights (
        rollout_id text not null, holder text not null, said_at bigint not null, flights text not null,
        primary key (rollout_id, holder))`,
    ],
  },
  {
    version: 13,
    statements: [
      'alter table rollouts rename column directory_digest to change_digest',
      'alter table rollouts rename column directory_artifact to change_artifact',
      "alter table rollouts add column kind text not null default 'versioned'",
    ],
  },
];
