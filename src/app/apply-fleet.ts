import type { AssignedGroup } from '../rollout/assign-groups.ts';
import { decide } from '../rollout/decide.ts';
import type { RolloutProgress } from '../rollout/progress.ts';
import { record, startRollout } from '../rollout/record.ts';
import { statusOf } from '../rollout/status-of.ts';
import type { Command, GroupInput, RolloutEvent, RunSlice } from '../rollout/types.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';

export type TargetOutcome =
  | { readonly result: 'applied' | 'unchanged' }
  /** `cause`: in the database's words. */
  | { readonly result: 'failed'; readonly cause: string };

export interface FleetRun<T extends { readonly host: string }> {
  readonly targets: readonly T[];
  /** In running order, with positions in `targets`: as `assignGroups` gives them. */
  readonly groups: readonly AssignedGroup[];
  /** Applies one target, with its own tries. Should end soon once the signal has aborted. */
  readonly applyOne: (target: T) => Promise<TargetOutcome>;
  /** Called for each target as it ends; the lane goes on when it resolves. */
  readonly report: (target: T, outcome: TargetOutcome) => void | Promise<void>;
  readonly clock: Clock;
  /** Aborts: nothing more is begun, what is in flight ends. */
  readonly signal?: AbortSignal;
}

export interface FleetResult<T> {
  /** `failed`: all groups ran, some targets failed within their budgets. `stopped`: a budget was used up. */
  readonly state: 'succeeded' | 'failed' | 'stopped' | 'aborted';
  readonly cause: string | null;
  readonly failed: readonly T[];
  /** In the order in which they would have run. */
  readonly notAttempted: readonly T[];
}

/**
 * Brings a fleet forward by its groups without a daemon: the rollout core, driven by a loop in this process. Bakes are waited for; a group whose
 * failure budget is used up ends the run, and the groups after it are left alone.
 * @throws AppError DEPLOYMENT_INVALID where a group asks for approval: nobody can give it here
 * @throws what `applyOne` or `report` throws, once what is in flight has ended
 */
export async function applyFleet<T extends { readonly host: string }>(run: FleetRun<T>): Promise<FleetResult<T>> {
  const asking = run.groups.find(({ approval, targets }) => approval && targets.length > 0);
  if (asking !== undefined) {
    throw new AppError(
      'DEPLOYMENT_INVALID',
      `group "${asking.name}" asks for approval, and a run without a daemon has nobody who could give it`,
      { next: 'flotilla rollout start, or migrate apply with the url of one target' },
    );
  }
  return new FleetLoop(run).run();
}

/** What `parallel = 1` puts together: with one lane the order of the group holds across hosts. */
const ALL_HOSTS = '*';

class FleetLoop<T extends { readonly host: string }> {
  readonly #run: FleetRun<T>;
  /** Targets not begun, by group and host, in order. */
  readonly #queues = new Map<string, T[]>();
  readonly #failed: T[] = [];
  readonly #timers = new Map<string, AbortController>();
  readonly #ended = Promise.withResolvers<void>();
  #progress: RolloutProgress;
  #error: { readonly thrown: unknown } | undefined;

  constructor(run: FleetRun<T>) {
    this.#run = run;
    const groups = run.groups.map((group) => this.#enqueue(group));
    // No gate outside this process: it is open, and what closes it is said by an event.
    this.#progress = startRollout({ groups, backoffMs: [], nowMs: run.clock.nowMs(), gateOpen: true });
  }

  async run(): Promise<FleetResult<T>> {
    const { signal } = this.#run;
    const abort = (): void => this.#abort('interrupted');
    signal?.addEventListener('abort', abort);
    try {
      if (signal?.aborted === true) abort();
      else this.#carryOut();
      await this.#ended.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      for (const timer of this.#timers.values()) timer.abort();
    }
    if (this.#error !== undefined) throw this.#error.thrown;
    return this.#result();
  }

  #enqueue(group: AssignedGroup): GroupInput {
    const { targets, dependsOn: _, ...settings } = group;
    const hosts = new Map<string, number>();
    for (const position of targets) {
      const target = this.#run.targets[position];
      if (target === undefined) continue;
      const host = group.parallel === 1 ? ALL_HOSTS : target.host;
      const key = queueKey(group.name, host);
      const queue = this.#queues.get(key);
      if (queue === undefined) this.#queues.set(key, [target]);
      else queue.push(target);
      hosts.set(host, (hosts.get(host) ?? 0) + 1);
    }
    return {
      ...settings,
      hosts: Array.from(hosts, ([host, pending]) => ({ host, pending })),
      failed: 0,
      state: 'waiting',
      // A slice costs nothing here, and one target at a time keeps to the order.
      maxTargetsPerSlice: 1,
    };
  }

  #tell(event: RolloutEvent): void {
    this.#progress = record(this.#progress, event);
    this.#carryOut();
  }

  #carryOut(): void {
    for (const command of decide(this.#progress)) {
      this.#progress = record(this.#progress, { kind: 'CommandIssued', command, atMs: this.#now() });
      this.#start(command);
    }
    const { state } = statusOf(this.#progress);
    if (this.#progress.finish !== null || state === 'paused') this.#ended.resolve();
  }

  /** Never records an event before it has returned: decisions and their commands belong together. */
  #start(command: Command): void {
    switch (command.kind) {
      case 'RunSlice':
        this.#background(() => this.#applyNext(command));
        return;
      case 'StartTimer':
        this.#background(() => this.#wait(command.timerId, command.ms));
        return;
      case 'CancelTimer':
        this.#timers.get(command.timerId)?.abort();
        return;
      case 'OpenGate':
        this.#background(async () => this.#tell({ kind: 'GateOpened', opened: true, atMs: this.#now() }));
        return;
      case 'CloseGate':
        this.#background(async () => this.#tell({ kind: 'GateClosed', atMs: this.#now() }));
        return;
      case 'Finish':
        return;
    }
  }

  async #applyNext({ sliceId, group, host }: RunSlice): Promise<void> {
    const target = this.#queues.get(queueKey(group, host))?.shift();
    if (target === undefined) throw new Error(`group "${group}" has no target left on "${host}"`);
    const began = this.#run.clock.monotonicMs();
    let outcome: TargetOutcome = { result: 'failed', cause: '' };
    try {
      outcome = await this.#run.applyOne(target);
      if (outcome.result === 'failed') this.#failed.push(target);
      await this.#run.report(target, outcome);
    } catch (thrown) {
      this.#error ??= { thrown };
      this.#abort('an error');
    }
    this.#tell({
      kind: 'SliceFinished',
      sliceId,
      counts: { [outcome.result]: 1 },
      claimed: 1,
      gateClosed: false,
      msPerTarget: this.#run.clock.monotonicMs() - began,
      ...(outcome.result === 'failed' ? { sampleCause: outcome.cause } : {}),
      atMs: this.#now(),
    });
  }

  async #wait(timerId: string, ms: number): Promise<void> {
    const timer = new AbortController();
    this.#timers.set(timerId, timer);
    try {
      await this.#run.clock.sleep(ms, timer.signal);
    } catch (error) {
      if (timer.signal.aborted) return;
      throw error;
    } finally {
      this.#timers.delete(timerId);
    }
    this.#tell({ kind: 'TimerFired', timerId, atMs: this.#now() });
  }

  #abort(reason: string): void {
    this.#tell({ kind: 'Aborted', by: 'flotilla', reason, atMs: this.#now() });
  }

  #background(work: () => Promise<void>): void {
    Promise.resolve()
      .then(work)
      .catch((thrown: unknown) => {
        this.#error ??= { thrown };
        this.#ended.resolve();
      });
  }

  #now(): number {
    return this.#run.clock.nowMs();
  }

  #result(): FleetResult<T> {
    const left = new Set(Array.from(this.#queues.values()).flat());
    const notAttempted = this.#run.groups
      .flatMap(({ targets }) => targets)
      .flatMap((position) => this.#run.targets[position] ?? [])
      .filter((target) => left.has(target));
    const { cause } = statusOf(this.#progress);
    const { finish } = this.#progress;
    // What takes a fleet back is a daemon's rollout: here it is stopped, and `migrate down` is at hand.
    const state = finish === 'reverting' || finish === 'reverted' ? 'stopped' : (finish ?? 'stopped');
    return { state, cause, failed: this.#failed, notAttempted };
  }
}

const queueKey = (group: string, host: string): string => JSON.stringify([group, host]);
