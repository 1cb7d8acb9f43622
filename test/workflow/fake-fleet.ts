import { heartbeat } from '@temporalio/activity';
import type { RolloutActivities } from '../../src/activities/types.ts';
import type { GroupInput, RolloutInput, RolloutStatus } from '../../src/rollout/types.ts';

export interface FakeGroup extends Partial<Omit<GroupInput, 'name' | 'hosts'>> {
  readonly name: string;
  /** Targets on each host. */
  readonly hosts: Readonly<Record<string, number>>;
}

interface FakeTarget {
  readonly id: string;
  readonly group: string;
  readonly host: string;
  state: 'pending' | 'running' | 'applied' | 'failed' | 'skipped' | 'reverted';
}

/** The activities' port, in memory: a store, a gate and databases that take `msPerTarget` and fail where `sick` says so. */
export class FakeFleet implements RolloutActivities {
  readonly targets: FakeTarget[];
  readonly sick = new Set<string>();
  /** These end when the test says so. */
  readonly slow = new Map<string, Promise<void>>();
  /** Targets in the order in which they were begun. */
  readonly begun: string[] = [];
  readonly statuses: RolloutStatus[] = [];
  readonly gate = { state: 'closed' as 'open' | 'closed', pauseSeq: 0, terminal: false };
  finished: RolloutStatus | undefined;
  /** Turned round: what is applied again is counted as taken back. */
  isDown = false;
  /** Targets that are to be taken back: a run downwards claims no others. */
  readonly turned = new Set<string>();
  slices = 0;
  /** What a policy says to slices that begin now; undefined: they may start targets. */
  wait: { readonly reason: string; readonly ms: number } | undefined;
  prepared = 0;
  readonly #groups: readonly FakeGroup[];
  readonly #msPerTarget: number;

  constructor(groups: readonly FakeGroup[], msPerTarget = 1) {
    this.#groups = groups;
    this.#msPerTarget = msPerTarget;
    this.targets = groups.flatMap(({ name, hosts }) =>
      Object.entries(hosts).flatMap(([host, count]) =>
        Array.from({ length: count }, (_, i) => ({
          id: `${name}-${host}-${i + 1}`,
          group: name,
          host,
          state: 'pending' as const,
        })),
      ),
    );
  }

  #isDue({ id, state }: FakeTarget): boolean {
    return state === 'pending' && this.isDown === this.turned.has(id);
  }

  count(state: FakeTarget['state']): number {
    return this.targets.filter((target) => target.state === state).length;
  }

  /** As the API does it: the gate first, then the message. */
  pause(): number {
    this.gate.state = 'closed';
    this.gate.pauseSeq += 1;
    return this.gate.pauseSeq;
  }

  abort(): void {
    this.pause();
    this.gate.terminal = true;
  }

  prepareRollout: RolloutActivities['prepareRollout'] = async () => {
    this.prepared += 1;
    const groups = this.#groups.map(
      ({ name, hosts, ...rest }): GroupInput => ({
        name,
        hosts: Object.keys(hosts).map((host) => ({
          host,
          pending: this.targets.filter((t) => t.group === name && t.host === host && this.#isDue(t)).length,
        })),
        failed: 0,
        parallel: 2,
        perHost: null,
        maxFailures: null,
        budgetMode: 'STRICT',
        onFailure: 'PAUSE',
        approval: false,
        bakeMs: 0,
        maxTargetsPerSlice: 50,
        state: 'waiting',
        ...rest,
      }),
    );
    const direction = this.isDown
      ? { direction: 'down' as const }
      : this.joiners === undefined
        ? {}
        : { joiners: this.joiners };
    return { epoch: 1, input: { ...direction, groups, backoffMs: [100], nowMs: 0 }, pauseSeq: this.gate.pauseSeq };
  };

  applySlice: RolloutActivities['applySlice'] = async ({ group, host, maxTargets, failureAllowance }) => {
    this.slices += 1;
    const { wait } = this;
    const held = this.targets
      .filter((target) => target.group === group && target.host === host && this.#isDue(target))
      .slice(0, maxTargets);
    if (wait !== undefined) return { counts: {}, claimed: held.length, gateClosed: false, wait, msPerTarget: 0 };
    for (const target of held) target.state = 'running';
    const counts = { applied: 0, reverted: 0, failed: 0 };
    for (const target of held) {
      if (this.gate.state === 'closed' || (failureAllowance !== null && counts.failed >= failureAllowance)) {
        target.state = 'pending';
        continue;
      }
      this.begun.push(target.id);
      await new Promise((resolve) => setTimeout(resolve, this.#msPerTarget));
      await this.#untilTold(target);
      target.state = this.sick.has(target.id) ? 'failed' : this.isDown ? 'reverted' : 'applied';
      counts[target.state] += 1;
    }
    return {
      counts,
      claimed: held.length,
      gateClosed: this.gate.state === 'closed' && held.length > counts.applied + counts.reverted + counts.failed,
      msPerTarget: this.#msPerTarget,
      sampleCause: '42P01 relation "accounts" does not exist',
    };
  };

  async #untilTold({ id }: FakeTarget): Promise<void> {
    const beat = setInterval(heartbeat, 500);
    await this.slow.get(id);
    clearInterval(beat);
  }

  /** What the env has that the rollout does not know; each look takes or counts all of them. */
  readonly strangers: string[] = [];
  joiners: RolloutInput['joiners'];
  readonly looks: boolean[] = [];

  findJoiners: RolloutActivities['findJoiners'] = async ({ take }) => {
    this.looks.push(take);
    const found = this.strangers.splice(0);
    if (!take || found.length === 0) return { hosts: [] };
    for (const id of found) this.targets.push({ id, group: 'joined', host: 'a', state: 'pending' });
    return { hosts: [{ host: 'a', pending: found.length }] };
  };

  openGate: RolloutActivities['openGate'] = async ({ knownPauseSeq }) => {
    if (!this.gate.terminal && this.gate.pauseSeq === knownPauseSeq) this.gate.state = 'open';
    return { opened: this.gate.state === 'open', pauseSeq: this.gate.pauseSeq };
  };

  closeGate: RolloutActivities['closeGate'] = async ({ terminal }) => {
    this.gate.state = 'closed';
    this.gate.terminal ||= terminal;
  };

  beginRevert: RolloutActivities['beginRevert'] = async ({ group }) => {
    const applied = this.targets.filter(
      (target) => target.state === 'applied' && (group ?? target.group) === target.group,
    );
    for (const target of applied) {
      target.state = 'pending';
      this.turned.add(target.id);
    }
    this.isDown ||= applied.length > 0;
    this.gate.terminal = false;
    return { begun: applied.length > 0 };
  };

  saveStatus: RolloutActivities['saveStatus'] = async ({ status }) => {
    this.statuses.push(status);
  };

  reopenTargets: RolloutActivities['reopenTargets'] = async ({ targets, group }) => ({
    moved: this.targets
      .filter((target) => target.state === 'failed' && (targets?.includes(target.id) ?? true))
      .filter((target) => group === undefined || target.group === group)
      .map((target) => {
        target.state = 'pending';
        return { group: target.group, host: target.host, from: 'failed' as const, count: 1 };
      }),
  });

  skipTargets: RolloutActivities['skipTargets'] = async ({ targets }) => ({
    moved: this.targets
      .filter(({ id, state }) => targets.includes(id) && (state === 'failed' || state === 'pending'))
      .map((target) => {
        const from = target.state === 'failed' ? ('failed' as const) : ('pending' as const);
        target.state = 'skipped';
        return { group: target.group, host: target.host, from, count: 1 };
      }),
  });

  finishRollout: RolloutActivities['finishRollout'] = async ({ status }) => {
    this.finished = status;
  };
}
