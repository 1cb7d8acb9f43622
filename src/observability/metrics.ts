import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type LiveRollout, registerRolloutGauges } from './rollout-gauges.ts';

/** Ten milliseconds for a small table, six hours for an index on a large one. */
const MIGRATION_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 21_600];
/** There are many kinds of statements, and a series a bucket for each. */
const STATEMENT_BUCKETS = [0.01, 0.1, 1, 10, 600, 21_600];
/** Connections and locks. */
const SHORT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
/** A pause is to be acknowledged within 100 ms; one that waits for what is in flight takes up to 45 s. */
const CONTROL_BUCKETS = [0.05, 0.1, 0.5, 1, 10, 60];
const HTTP_BUCKETS = [0.01, 0.1, 1, 10];
/** A rollout of a small fleet is over in seconds; one with bakes and freezes takes days. */
const ROLLOUT_BUCKETS = [10, 60, 600, 3_600, 21_600, 86_400];

/**
 * The metrics of a process, by the names of fleet.md section 6. No label ever holds a target's or a database's name: series must not grow with
 * the fleet. Gauges of rollouts are read when somebody scrapes.
 */
export function createMetrics(options: {
  readonly version: string;
  readonly liveRollouts: () => Promise<readonly LiveRollout[]>;
  /** Throttles that hold now in this process. */
  readonly throttled: () => readonly { readonly reason: string; readonly group: string; readonly count: number }[];
  /** Policies that hold starts back now in this process: how many hosts and groups each. */
  readonly startsHeld: () => ReadonlyMap<string, number>;
  /** Places on database hosts that the process has, over all hosts. */
  readonly hostPlaces: () => number;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Targets in work now, of those that may be at once (the gauge of the limit is set by whoever knows it). */
  readonly inUse: () => number;
}) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, gcDurationBuckets: [0.1] });
  // 39 series that say in parts what nodejs_heap_size_* says in one.
  for (const part of ['total', 'used', 'available'])
    registry.removeSingleMetric(`nodejs_heap_space_size_${part}_bytes`);
  // Their totals stay.
  for (const kind of ['resources', 'handles', 'requests']) registry.removeSingleMetric(`nodejs_active_${kind}`);
  new Gauge({
    name: 'flotilla_build_info',
    help: 'Always 1; its labels say what runs',
    labelNames: ['version', 'node'],
    registers,
  })
    .labels(options.version, process.versions.node)
    .set(1);
  registerRolloutGauges(registers, options);
  new Gauge({
    name: 'flotilla_throttle_active',
    help: 'Hosts of a group that a throttle holds now, 1 where it holds the group',
    labelNames: ['reason', 'host_group'],
    registers,
    collect() {
      this.reset();
      for (const { reason, group, count } of options.throttled()) this.set({ reason, host_group: group }, count);
    },
  });
  new Gauge({
    name: 'flotilla_starts_held',
    help: 'Hosts and groups that a policy holds back now: a throttle, a window or a cap',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of options.startsHeld()) this.set({ reason }, count);
    },
  });
  new Gauge({
    name: 'flotilla_host_places',
    help: 'Places on database hosts that this process has taken in the store, over all hosts; 0 on a store in a file',
    registers,
    collect() {
      this.set(options.hostPlaces());
    },
  });

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: readonly number[],
  ): Histogram<L> => new Histogram({ name, help, labelNames, buckets: [...buckets], registers });

  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers });
  new Gauge({
    name: 'flotilla_concurrency_in_use',
    help: 'Targets in work now, by scope; "engine" is this process',
    labelNames: ['scope'],
    registers,
    collect() {
      this.set({ scope: 'engine' }, options.inUse());
    },
  });
  const ofRollout = ['project', 'env', 'outcome'] as const;

  return {
    registry,
    rolloutDuration: histogram(
      'flotilla_rollout_duration_seconds',
      'From the creation of a rollout to its end',
      ofRollout,
      ROLLOUT_BUCKETS,
    ),
    rolloutProgression: histogram(
      'flotilla_rollout_progression_seconds',
      'Of it: preparing, running, draining or going back',
      ofRollout,
      ROLLOUT_BUCKETS,
    ),
    rolloutPause: histogram(
      'flotilla_rollout_manual_pause_seconds',
      'Of it: paused, by an operator or for a spent budget, until somebody resumed',
      ofRollout,
      ROLLOUT_BUCKETS,
    ),
    approvalWait: histogram(
      'flotilla_approval_wait_seconds',
      'How long rollouts that had to be approved waited for it, each in all its groups',
      ['project', 'env'],
      ROLLOUT_BUCKETS,
    ),
    concurrencyLimit: gauge('flotilla_concurrency_limit', 'Targets that may be in work at once, by scope', ['scope']),
    discoveryTargets: gauge('flotilla_discovery_targets', 'Targets that an env had when it was last evaluated', [
      'project',
      'env',
    ]),
    discoveryErrors: counter(
      'flotilla_discovery_errors_total',
      'Evaluations of an env that failed; "unknown" for one that never succeeded in this process',
      ['project', 'env'],
    ),
    discoveryTime: gauge(
      'flotilla_discovery_last_success_timestamp_seconds',
      'When an env was last evaluated, in seconds since the epoch',
      ['project', 'env'],
    ),
    auditWrites: counter('flotilla_audit_writes_total', 'Entries of the audit trail that were written', []),
    auditWriteErrors: counter(
      'flotilla_audit_write_errors_total',
      'Entries of the audit trail that could not be written; what they tell of was not done',
      [],
    ),
    storeWrites: counter('flotilla_store_writes_total', 'Write transactions of the store, by how they ended', [
      'result',
    ]),
    rolloutsCompleted: counter('flotilla_rollout_completed_total', 'Rollouts that ended', [
      'project',
      'env',
      'outcome',
    ]),
    targetsJoined: counter('flotilla_targets_joined_total', 'Targets that appeared in an env while its rollout ran', [
      'project',
      'env',
      'taken',
    ]),
    migrations: counter('flotilla_tenant_migrations_total', 'Tries to migrate a target, by how they ended', [
      'env',
      'dialect',
      'direction',
      'result',
      'error_class',
    ]),
    migrationDuration: histogram(
      'flotilla_tenant_migration_duration_seconds',
      'How long targets took that were applied or failed',
      ['env', 'dialect', 'direction'],
      MIGRATION_BUCKETS,
    ),
    statementDuration: histogram(
      'flotilla_statement_duration_seconds',
      'How long statements of migration files took',
      ['dialect', 'kind'],
      STATEMENT_BUCKETS,
    ),
    lockTimeouts: counter('flotilla_lock_timeouts_total', 'Statements that waited longer than lock_timeout', [
      'dialect',
      'kind',
    ]),
    lockWait: histogram(
      'flotilla_lock_wait_seconds',
      'How long statements waited that then timed out on a lock',
      ['dialect', 'kind'],
      SHORT_BUCKETS,
    ),
    spans: counter(
      'flotilla_trace_spans_total',
      'Spans of traces, by whether they were exported; "dropped" for too many that waited, "failed" for a collector that did not take them',
      ['result'],
    ),
    retries: counter('flotilla_retries_total', 'Targets put off to a later pass, and statements tried again', [
      'reason',
    ]),
    fencedWrites: counter(
      'flotilla_fenced_writes_total',
      'Writes that were refused because a newer run had taken the rollout over',
      ['what'],
    ),
    targetsCancelled: counter('flotilla_targets_cancelled_total', 'Targets in flight that a pause has cancelled', [
      'env',
    ]),
    startsHeld: counter('flotilla_starts_held_total', 'Times a policy began to hold targets back that were to start', [
      'reason',
    ]),
    throttledSeconds: counter('flotilla_throttled_seconds_total', 'How long throttles have held hosts or groups', [
      'reason',
      'host_group',
    ]),
    connections: gauge('flotilla_db_connections', 'Connections to targets that are open now', ['dialect']),
    connectDuration: histogram(
      'flotilla_db_connect_duration_seconds',
      'How long connecting to a target took',
      ['dialect'],
      SHORT_BUCKETS,
    ),
    connectErrors: counter('flotilla_db_connect_errors_total', 'Connections to targets that failed', [
      'dialect',
      'class',
    ]),
    controlOperations: counter(
      'flotilla_control_operations_total',
      'Verbs of operators, by whether they were accepted',
      ['operation', 'result'],
    ),
    controlDuration: histogram(
      'flotilla_control_operation_duration_seconds',
      'From a verb to its acknowledgement',
      ['operation'],
      CONTROL_BUCKETS,
    ),
    httpDuration: histogram(
      'http_server_request_duration_seconds',
      'How long HTTP requests took',
      ['method', 'route', 'status'],
      HTTP_BUCKETS,
    ),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
