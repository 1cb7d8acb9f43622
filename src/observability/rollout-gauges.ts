import { Counter, Gauge, type Registry } from 'prom-client';
import type { GroupState, RolloutState, TargetState } from '../shared/states.ts';

/** A rollout that is not over, for the gauges. */
export interface LiveRollout {
  readonly id: string;
  readonly project: string;
  readonly env: string;
  readonly state: RolloutState;
  readonly direction: 'up' | 'down';
  readonly groups: readonly {
    readonly name: string;
    readonly index: number;
    readonly state: GroupState;
    readonly parallel: number;
    readonly bakeUntilMs: number | null;
    readonly maxFailures: number | null;
  }[];
  readonly counts: readonly { readonly group: string; readonly state: TargetState; readonly count: number }[];
}

/** The gauges of rollouts that are not over: read when somebody scrapes, and gone when the rollout is. */
export function registerRolloutGauges(
  registers: Registry[],
  options: { readonly liveRollouts: () => Promise<readonly LiveRollout[]>; readonly nowMs: () => number },
): void {
  const unread = new Counter({
    name: 'flotilla_scrape_errors_total',
    help: 'Scrapes without the gauges of rollouts, because the store did not answer',
    registers,
  });
  // One read serves all gauges of a scrape.
  let reading: Promise<readonly LiveRollout[]> | undefined;
  const live = (): Promise<readonly LiveRollout[]> => {
    reading ??= options
      .liveRollouts()
      .catch(() => {
        // The rest of the scrape is needed most when the store does not answer.
        unread.inc();
        return [];
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: (rollout: LiveRollout, set: (labels: Record<L, string | number>, value: number) => void) => void,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        const rollouts = await live();
        this.reset();
        for (const rollout of rollouts) read(rollout, (labels, value) => this.inc(labels, value));
      },
    });
  };
  gauge(
    'flotilla_rollouts',
    'Rollouts that are not over',
    ['project', 'env', 'state'],
    ({ project, env, state }, add) => add({ project, env, state }, 1),
  );
  gauge(
    'flotilla_rollout_info',
    'Always 1, of a rollout that is not over: its project, env and direction',
    ['rollout', 'project', 'env', 'direction'],
    ({ id, project, env, direction }, add) => add({ rollout: id, project, env, direction }, 1),
  );
  gauge(
    'flotilla_rollout_tenants',
    'Targets of the rollouts that are not over, by state',
    ['rollout', 'group', 'state'],
    ({ id, counts }, add) => {
      for (const { group, state, count } of counts) add({ rollout: id, group, state }, count);
    },
  );
  gauge(
    'flotilla_rollout_group_index',
    'Place of a group in its rollout; 0 is the first, the canary',
    ['rollout', 'group'],
    ({ id, groups }, add) => {
      for (const { name, index } of groups) add({ rollout: id, group: name }, index);
    },
  );
  gauge(
    'flotilla_rollout_group_parallel',
    'Targets of a group that may be in work at once, in all processes',
    ['rollout', 'group'],
    ({ id, groups }, add) => {
      for (const { name, parallel } of groups) add({ rollout: id, group: name }, parallel);
    },
  );
  gauge(
    'flotilla_wave_bake_remaining_seconds',
    'How long a group that bakes has still to do so',
    ['rollout', 'group'],
    ({ id, groups }, add) => {
      for (const { name, state, bakeUntilMs } of groups) {
        if (state !== 'baking' || bakeUntilMs === null) continue;
        add({ rollout: id, group: name }, Math.max(0, bakeUntilMs - options.nowMs()) / 1000);
      }
    },
  );
  gauge(
    'flotilla_failure_budget_remaining_ratio',
    'What is left of the failures that a group may have: 1 none has failed, 0 the budget is exceeded. Not of groups without a limit',
    ['rollout', 'group'],
    ({ id, groups, counts }, add) => {
      const failed = new Map(
        counts.filter(({ state }) => state === 'failed').map(({ group, count }) => [group, count]),
      );
      for (const { name, maxFailures } of groups) {
        if (maxFailures === null) continue;
        // max_failures = k is exceeded by k + 1 failures.
        add({ rollout: id, group: name }, Math.max(0, 1 - (failed.get(name) ?? 0) / (maxFailures + 1)));
      }
    },
  );
  gauge(
    'flotilla_approvals_pending',
    'Groups that wait for an approval',
    ['project', 'env'],
    ({ project, env, groups }, add) =>
      add({ project, env }, groups.filter(({ state }) => state === 'awaiting_approval').length),
  );
}
