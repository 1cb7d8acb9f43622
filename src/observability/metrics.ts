import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RolloutState, TargetState } from '../shared/states.ts';

/** A rollout that is not over, for the gauges. */
export interface LiveRollout {
  readonly id: string;
  readonly project: string;
  readonly env: string;
  readonly state: RolloutState;
  readonly counts: readonly { readonly group: string; readonly state: TargetState; readonly count: number }[];
}

/** Milliseconds for a small table, a quarter of an hour for an index on a large one. */
const MIGRATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];
const SHORT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * The metrics of a process, by the names of fleet.md section 6. No label ever holds a target's or a database's name: series must not grow with
 * the fleet. Gauges of rollouts are read when somebody scrapes.
 */
export function createMetrics(options: {
  readonly version: string;
  readonly liveRollouts: () => Promise<readonly LiveRollout[]>;
  /** Throttles that hold now in this process. */
  readonly throttled: () => readonly { readonly reason: string; readonly group: string; readonly count: number }[];
  /** Places on database hosts that the process has, over all hosts. */
  readonly hostPlaces: () => number;
}) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'flotilla_build_info', help: 'Always 1', labelNames: ['version', 'node'], registers })
    .labels(options.version, process.versions.node)
    .set(1);
  registerRolloutGauges(registers, options.liveRollouts);
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

  return {
    registry,
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
      MIGRATION_BUCKETS,
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
    connections: new Gauge({
      name: 'flotilla_db_connections',
      help: 'Connections to targets that are open now',
      labelNames: ['dialect'],
      registers,
    }),
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
    controlOperations: counter('flotilla_control_operations_total', 'Verbs of operators that were accepted', [
      'operation',
      'result',
    ]),
    controlDuration: histogram(
      'flotilla_control_operation_duration_seconds',
      'From a verb to its acknowledgement',
      ['operation'],
      SHORT_BUCKETS,
    ),
    httpDuration: histogram(
      'http_server_request_duration_seconds',
      'How long HTTP requests took',
      ['method', 'route', 'status'],
      SHORT_BUCKETS,
    ),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

function registerRolloutGauges(registers: Registry[], liveRollouts: () => Promise<readonly LiveRollout[]>): void {
  // One read serves both gauges of a scrape.
  let reading: Promise<readonly LiveRollout[]> | undefined;
  const live = (): Promise<readonly LiveRollout[]> => {
    reading ??= liveRollouts().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  new Gauge({
    name: 'flotilla_rollouts',
    help: 'Rollouts that are not over',
    labelNames: ['project', 'env', 'state'],
    registers,
    async collect() {
      const rollouts = await live();
      this.reset();
      for (const { project, env, state } of rollouts) this.inc({ project, env, state });
    },
  });
  new Gauge({
    name: 'flotilla_rollout_tenants',
    help: 'Targets of the rollouts that are not over, by state',
    labelNames: ['rollout', 'group', 'state'],
    registers,
    async collect() {
      const rollouts = await live();
      this.reset();
      for (const { id, counts } of rollouts)
        for (const { group, state, count } of counts) this.inc({ rollout: id, group, state }, count);
    },
  });
}
