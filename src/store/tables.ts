/**
 * The store's tables as Kysely sees them. Both back ends have the same columns: text, and integers for numbers, times (ms since the epoch) and flags.
 * JSON is text. docs/formats.md says what they mean.
 */
import type { Generated } from 'kysely';
import type {
  ErrorClass,
  GroupState,
  JoinersMode,
  OnFailure,
  RolloutKind,
  RolloutState,
  TargetState,
} from '../shared/states.ts';

export interface Tables {
  schema_version: { version: number };
  /** `used_at`: when somebody last needed it for a rollout that was about to be created. */
  artifacts: { digest: string; content: string; used_at: number };
  /** Rollouts whose targets are being written: leftovers of a crash are swept by it. */
  staged_rollouts: { rollout_id: string; created_at: number };
  rollouts: RolloutsTable;
  rollout_groups: GroupsTable;
  targets: TargetsTable;
  counters: { rollout_id: string; group_name: string; host: string; state: TargetState; n: number };
  slices: SlicesTable;
  /** What a retry or skip moved, by command: a second try of the same command answers the same. */
  moves: { rollout_id: string; command_id: string; moved: string };
  gates: GatesTable;
  events: EventsTable;
  flights: FlightsTable;
  commands: CommandsTable;
  quarantine: QuarantineTable;
  /** Targets that were started within the last hour, where a cap counts them. */
  starts: { project: string; env: string; rollout_id: string; target: string; started_at: number };
  host_leases: HostLeasesTable;
  host_limits: HostLimitsTable;
}

/** Places on a host that a process has, until it is not heard of any more. */
export interface HostLeasesTable {
  host: string;
  holder: string;
  places: number;
  /** Targets of it that are at work, or wait for a place. */
  wanted: number;
  running: number;
  /** By the clock of the store's server. */
  until: number;
}

/** Hosts that have refused a connection for want of room. */
export interface HostLimitsTable {
  host: string;
  /** At most so many at once now, over all processes. */
  places: number;
  /** How often they were halved. */
  halved: number;
  /** Targets that were not refused since `places` has changed. */
  quiet: number;
}

/** One row for each time that a target was left out; in force while it is not released. */
export interface QuarantineTable {
  project: string;
  env: string;
  target: string;
  reason: string;
  put_by: string;
  put_at: number;
  released_by: string | null;
  released_at: number | null;
  release_reason: string | null;
}

export interface RolloutsTable {
  id: string;
  project: string;
  env: string;
  state: RolloutState;
  /** 1 until the state is final: at most one live rollout of a project and env. */
  live: number;
  cause: string | null;
  next: string | null;
  to_version: string;
  /** `down`: what the rollout applied is being taken back. */
  direction: Generated<'up' | 'down'>;
  /** Of a way down: tables that hold rows are dropped all the same. */
  skip_checks: Generated<number>;
  /** null: created before there was a choice, nobody looks. */
  joiners: JoinersMode | null;
  /** Targets that have appeared since it was created; `targets` does not count them. */
  joined: Generated<number>;
  targets: number;
  target_set_digest: string;
  /** Whether it brings a version or a desired state. */
  kind: Generated<RolloutKind>;
  change_digest: string;
  change_artifact: string;
  project_artifact: string;
  epoch: number;
  vars: string;
  created_by: string;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  idempotency_key: string | null;
  arguments_digest: string;
  /** Who asked for freezes and allowed times to be overridden, and who confirmed it; null: nobody. */
  override_reason: string | null;
  override_by: string | null;
  override_at: number | null;
  override_approved_by: string | null;
  override_approved_at: number | null;
  /** Names of throttles that hold it no more, a JSON list; null: none. */
  lifted_throttles: string | null;
  lives: Generated<number>;
  /** Where it stands in its caller's trace, as JSON; null: it has none. */
  trace: string | null;
  event_seq: number;
  event_hash: string;
}

export interface GroupsTable {
  rollout_id: string;
  name: string;
  idx: number;
  size: number;
  parallel: number;
  per_host: number | null;
  max_failures: number | null;
  budget_mode: 'STRICT' | 'SOFT';
  on_failure: OnFailure;
  approval: number;
  bake_ms: number;
  depends_on: string;
  state: GroupState;
  bake_until: number | null;
  started_at: number | null;
  finished_at: number | null;
}

export interface TargetsTable {
  rollout_id: string;
  /** Position in the whole rollout: group after group, each in its order. */
  seq: number;
  id: string;
  group_name: string;
  host: string;
  dialect: string;
  url: string;
  labels: string;
  state: TargetState;
  /** A deferred target may be claimed in this pass or a later one. */
  pass: number;
  /** `<rollout>/<epoch>/<slice>` while it is running. */
  slice: string | null;
  attempts: number;
  version: string | null;
  /** Where it stood before this rollout first came to it. */
  from_version: string | null;
  /** 1: it is to be taken back, and only a run downwards claims it. */
  down: Generated<number>;
  duration_ms: number | null;
  error_class: ErrorClass | null;
  error_code: string | null;
  error: string | null;
  /** Set while the target counts among the causes: failed or deferred. */
  fingerprint: string | null;
  reason: string | null;
}

export interface SlicesTable {
  rollout_id: string;
  slice: string;
  group_name: string;
  host: string;
  counts: string;
  released: number;
  finished: number;
}

export interface GatesTable {
  rollout_id: string;
  epoch: number;
  state: 'open' | 'closed';
  pause_seq: number;
  by_operator: number;
  terminal: number;
  reason: string | null;
  closed_by: string | null;
  /** 1: what is in flight is to be cancelled, until the gate is opened again. */
  cancels: Generated<number>;
}

export interface EventsTable {
  rollout_id: string;
  seq: number;
  at: number;
  kind: string;
  actor: string;
  reason: string | null;
  data: string;
  hash: string;
}

export interface CommandsTable {
  id: string;
  rollout_id: string;
  verb: string;
  payload: string;
  created_at: number;
  delivered: number;
}

/** What processes have in flight, for the view of others. */
export interface FlightsTable {
  rollout_id: string;
  holder: string;
  said_at: number;
  /** Sealed JSON. */
  flights: string;
}
