import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/rollout/decide.ts';
import type { RolloutProgress } from '../../../src/rollout/progress.ts';
import { HOLD_MS, record, startRollout } from '../../../src/rollout/record.ts';
import { statusOf } from '../../../src/rollout/status-of.ts';
import type {
  Command,
  GroupInput,
  RolloutEvent,
  RolloutInput,
  RunSlice,
  SliceWait,
} from '../../../src/rollout/types.ts';

const T0 = 1_700_000_000_000;

const group = (name: string, pending: number, settings: Partial<GroupInput> = {}): GroupInput => ({
  name,
  hosts: pending === 0 ? [] : [{ host: 'a', pending }],
  failed: 0,
  parallel: 4,
  perHost: null,
  maxFailures: null,
  budgetMode: 'STRICT',
  onFailure: 'PAUSE',
  approval: false,
  bakeMs: 0,
  maxTargetsPerSlice: 50,
  state: 'waiting',
  ...settings,
});

/** A core with a shell that only notes what it is asked for. */
class Driven {
  state: RolloutProgress;
  commands: Command[] = [];
  nowMs = T0;

  constructor(groups: readonly GroupInput[], rest: Partial<RolloutInput> = {}) {
    this.state = startRollout({ groups, backoffMs: [2_000, 4_000], nowMs: T0, gateOpen: true, ...rest });
    this.#carryOut();
  }

  tell(event: RolloutEvent extends infer E ? (E extends RolloutEvent ? Omit<E, 'atMs'> : never) : never): this {
    this.state = record(this.state, { ...event, atMs: this.nowMs } as RolloutEvent);
    this.#carryOut();
    return this;
  }

  finishSlice(
    counts: Record<string, number>,
    more: {
      gateClosed?: boolean;
      claimed?: number;
      msPerTarget?: number;
      wait?: SliceWait;
    } = {},
  ): this {
    const slice = this.state.slices[0];
    if (slice === undefined) throw new Error('no slice is in flight');
    return this.tell({
      kind: 'SliceFinished',
      sliceId: slice.id,
      counts,
      gateClosed: false,
      msPerTarget: 10,
      sampleCause: 'no such table: accounts',
      ...more,
    });
  }

  /** What was asked for since the last look. */
  take(): readonly Command[] {
    return this.commands.splice(0);
  }

  slices(): readonly RunSlice[] {
    return this.take().filter((command) => command.kind === 'RunSlice');
  }

  #carryOut(): void {
    for (const command of decide(this.state)) {
      this.state = record(this.state, { kind: 'CommandIssued', command, atMs: this.nowMs });
      this.commands.push(command);
    }
  }
}

const kinds = (commands: readonly Command[]): readonly string[] => commands.map(({ kind }) => kind);

describe('groups', () => {
  test('a group without targets is over at once, without approval or bake', () => {
    const core = new Driven([group('empty', 0, { approval: true, bakeMs: 5 }), group('rest', 1)]);
    expect(core.slices().map((slice) => slice.group)).toEqual(['rest']);
  });

  test('a rollout without any targets succeeds at once', () => {
    expect(new Driven([group('empty', 0)]).take()).toEqual([{ kind: 'Finish', state: 'succeeded' }]);
  });

  test('approval comes before a group and its bake after it', () => {
    const core = new Driven([group('one', 1, { approval: true, bakeMs: 60_000 }), group('two', 1)]);
    expect([core.take(), statusOf(core.state).state]).toEqual([[], 'awaiting_approval']);
    core.tell({ kind: 'Approved', by: 'kim' });
    expect(core.slices().map((slice) => slice.group)).toEqual(['one']);
    core.finishSlice({ applied: 1 });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', ms: 60_000, purpose: 'bake' }]);
    expect(statusOf(core.state)).toMatchObject({
      state: 'baking',
      cause: 'group "one" bakes until 2023-11-14T22:14:20.000Z',
      nextVerbs: ['promote', 'pause', 'abort'],
    });
  });

  test('promote ends a bake and approves nothing', () => {
    const core = new Driven([group('one', 1, { bakeMs: 60_000 }), group('two', 1, { approval: true })]);
    core.finishSlice({ applied: 1 }).take();
    core.tell({ kind: 'Promoted', by: 'kim' });
    expect(kinds(core.take())).toEqual(['CancelTimer']);
    expect(statusOf(core.state).state).toBe('awaiting_approval');
  });

  test('the clock of a bake goes on while the rollout is paused, and the next group waits for the resume', () => {
    const core = new Driven([group('one', 1, { bakeMs: 60_000 }), group('two', 1)]);
    core.finishSlice({ applied: 1 });
    const [timer] = core.state.timers;
    core.tell({ kind: 'Paused', by: 'kim', reason: '', pauseSeq: 1 });
    core.take();
    core.tell({ kind: 'TimerFired', timerId: timer?.id ?? '' });
    expect([core.take(), statusOf(core.state).state]).toEqual([[], 'paused']);
    core.tell({ kind: 'Resumed', by: 'kim' });
    expect(core.take()).toEqual([{ kind: 'OpenGate', knownPauseSeq: 1 }]);
  });

  test('a new bake time counts from the start of the bake', () => {
    const core = new Driven([group('one', 1, { bakeMs: 60_000 })]);
    core.finishSlice({ applied: 1 }).take();
    core.nowMs += 20_000;
    core.tell({ kind: 'LimitsSet', group: 'one', bakeMs: 30_000 });
    expect(core.take()).toMatchObject([{ kind: 'CancelTimer' }, { kind: 'StartTimer', ms: 10_000, purpose: 'bake' }]);
  });

  test('a retry during the bake makes the group run and bake again', () => {
    const core = new Driven([group('one', 2, { bakeMs: 60_000, parallel: 1 })]);
    core.finishSlice({ applied: 1, failed: 1 }).take();
    core.tell({ kind: 'TargetsMoved', to: 'pending', moved: [{ group: 'one', host: 'a', from: 'failed', count: 1 }] });
    expect(kinds(core.take())).toEqual(['CancelTimer', 'RunSlice']);
    core.finishSlice({ applied: 1 });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', purpose: 'bake' }]);
  });
});

describe('a policy that lets nothing start', () => {
  const wait = { reason: 'freeze "xmas" until 2026-12-27 00:00 UTC', ms: 60_000 };

  test('is waited for without a slice, and its words stay until something was done', () => {
    const core = new Driven([group('all', 8, { parallel: 1 })]);
    core.take();
    core.finishSlice({}, { claimed: 4, wait });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', ms: 60_000, purpose: 'policy' }]);
    const cause = `group "all" waits: ${wait.reason}`;
    expect(statusOf(core.state)).toMatchObject({ state: 'running', cause, nextVerbs: ['pause', 'abort'] });
    const held = statusOf(core.state);
    core.tell({ kind: 'TimerFired', timerId: core.state.timers[0]?.id ?? '' });
    expect(core.slices()).toHaveLength(1);
    // Asked again and held again: nothing that people see has changed.
    expect({ ...statusOf(core.state), inFlight: 0 }).toEqual(held);
    core.finishSlice({}, { claimed: 4, wait }).take();
    expect(statusOf(core.state)).toEqual(held);
    core.tell({ kind: 'TimerFired', timerId: core.state.timers[0]?.id ?? '' });
    core.finishSlice({ applied: 4 }, { claimed: 4 });
    expect(statusOf(core.state)).toMatchObject({ state: 'running', cause: null });
  });

  test('of several slices one timer comes, and a pause stands above it', () => {
    const core = new Driven([group('all', 40, { maxTargetsPerSlice: 1 })]);
    expect(core.slices()).toHaveLength(4);
    for (let i = 0; i < 4; i++) core.finishSlice({}, { claimed: 1, wait });
    expect(kinds(core.take())).toEqual(['StartTimer']);
    core.tell({ kind: 'Paused', by: 'kim', reason: '', pauseSeq: 1 });
    expect(statusOf(core.state)).toMatchObject({ state: 'paused', cause: 'paused by kim' });
    core.tell({ kind: 'TimerFired', timerId: core.state.timers[0]?.id ?? '' });
    expect(core.take()).toEqual([]);
  });

  test('is asked again at once when freezes are overridden, also by what was in flight then', () => {
    const core = new Driven([group('all', 8, { parallel: 2, maxTargetsPerSlice: 1 })]);
    core.take();
    core.finishSlice({}, { claimed: 1, wait });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', purpose: 'policy' }]);
    core.tell({ kind: 'FreezeOverridden', by: 'kim' });
    expect(statusOf(core.state).cause).toBeNull();
    expect(kinds(core.take())).toEqual(['CancelTimer', 'RunSlice']);
    // It was held before the override, and says so after it.
    core.finishSlice({}, { claimed: 1, wait });
    expect(kinds(core.take())).toEqual(['RunSlice']);
    // These were issued after it: what holds them is another policy.
    core.finishSlice({}, { claimed: 1, wait });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', purpose: 'policy' }]);
  });

  test('holds its host alone where it says so: the others go on, and the budget is theirs', () => {
    const hosts = ['a', 'b', 'c'].map((host) => ({ host, pending: 8 }));
    const limits = { parallel: 3, perHost: 1, maxTargetsPerSlice: 2, maxFailures: 2 };
    const core = new Driven([group('all', 24, { hosts, ...limits })]);
    expect(core.slices().map(({ host }) => host)).toEqual(['a', 'b', 'c']);
    core.finishSlice({}, { claimed: 2, wait: { reason: 'lag of 30s', ms: 5_000, scope: 'host' } });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', ms: 5_000, purpose: 'policy' }]);
    expect(statusOf(core.state).cause).toBe('group "all": host "a" waits: lag of 30s');
    // What the third would have been allowed to fail is shared by the other two.
    core.finishSlice({ applied: 2 }, { claimed: 2 }).finishSlice({ applied: 2 }, { claimed: 2 });
    expect(core.slices()).toMatchObject([
      { host: 'b', failureAllowance: 2 },
      { host: 'c', failureAllowance: 1 },
    ]);
    core.finishSlice({}, { claimed: 2, wait: { reason: 'lag of 20s', ms: 5_000, scope: 'host' } }).take();
    expect(statusOf(core.state).cause).toBe('group "all": host "a" waits: lag of 30s (and 1 more host)');
    core.tell({ kind: 'TimerFired', timerId: core.state.timers[0]?.id ?? '' });
    expect(core.slices()).toMatchObject([{ host: 'a' }]);
    core.finishSlice({ applied: 2 }, { claimed: 2 }).finishSlice({ applied: 2 }, { claimed: 2 });
    expect(statusOf(core.state).cause).toBe('group "all": host "b" waits: lag of 20s');
  });

  test('of a host is waited for once, beside one of the group, and goes with its targets', () => {
    const hosts = [
      { host: 'a', pending: 2 },
      { host: 'b', pending: 1 },
    ];
    const core = new Driven([group('all', 3, { hosts, maxTargetsPerSlice: 1 })]);
    expect(core.slices()).toHaveLength(3);
    const [first, second] = core.state.slices;
    expect([first?.host, second?.host]).toEqual(['a', 'b']);
    core.finishSlice({}, { claimed: 1, wait: { ...wait, scope: 'host' } });
    core.finishSlice({}, { claimed: 1, wait });
    core.finishSlice({}, { claimed: 1, wait: { ...wait, scope: 'host' } });
    expect(kinds(core.take())).toEqual(['StartTimer', 'StartTimer']);
    const [own, whole] = core.state.timers;
    core.tell({ kind: 'TimerFired', timerId: own?.id ?? '' });
    expect(core.take()).toEqual([]);
    core.tell({ kind: 'TimerFired', timerId: whole?.id ?? '' });
    expect(core.slices().map(({ host }) => host)).toEqual(['a', 'b', 'a']);
  });

  test('is over with its group: the next one is asked for itself', () => {
    const core = new Driven([group('one', 1), group('two', 1)]);
    core.finishSlice({}, { claimed: 1, wait }).take();
    const moved = [{ group: 'one', host: 'a', from: 'pending', count: 1 }] as const;
    core.tell({ kind: 'TargetsMoved', to: 'skipped', moved });
    expect(core.take()).toMatchObject([{ kind: 'CancelTimer' }, { kind: 'RunSlice', group: 'two' }]);
    expect(statusOf(core.state).cause).toBeNull();
  });
});

describe('budget', () => {
  test('at k + 1 failures the gate is closed, and the rollout is paused once that is done', () => {
    const core = new Driven([group('all', 5, { maxFailures: 0 })]);
    expect(core.slices()).toMatchObject([{ failureAllowance: 1 }]);
    core.finishSlice({ failed: 1 });
    const cause = 'group "all": 1 target failed, max_failures is 0: no such table: accounts';
    expect(core.take()).toEqual([{ kind: 'CloseGate', reason: cause, terminal: false }]);
    expect(statusOf(core.state).state).toBe('draining');
    core.tell({ kind: 'GateClosed' });
    expect(statusOf(core.state)).toMatchObject({
      state: 'paused',
      cause,
      nextVerbs: ['retry', 'skip', 'set', 'abort'],
    });
    expect(statusOf(core.state).groups[0]?.state).toBe('paused');
  });

  test('allowances of slices in flight never sum to more than what is left', () => {
    const core = new Driven([group('all', 100, { maxFailures: 5, parallel: 4 })]);
    const allowances = core.slices().map(({ failureAllowance }) => failureAllowance ?? 0);
    expect(allowances.length).toBe(4);
    expect(allowances.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(6);
  });

  test('in STRICT mode the concurrency shrinks with the budget, in SOFT mode it does not', () => {
    const strict = new Driven([group('all', 100, { maxFailures: 1, parallel: 8 })]);
    const soft = new Driven([group('all', 100, { maxFailures: 1, parallel: 8, budgetMode: 'SOFT' })]);
    expect([strict.slices().length, soft.slices().length]).toEqual([2, 8]);
  });

  test('a retry goes on by itself, and only after the gate was opened', () => {
    const core = new Driven([group('all', 1, { maxFailures: 0 })]);
    core.finishSlice({ failed: 1 }).tell({ kind: 'GateClosed' }).take();
    core.tell({ kind: 'TargetsMoved', to: 'pending', moved: [{ group: 'all', host: 'a', from: 'failed', count: 1 }] });
    expect(core.take()).toEqual([{ kind: 'OpenGate', knownPauseSeq: 0 }]);
    core.tell({ kind: 'GateOpened', opened: true });
    expect(core.slices()).toHaveLength(1);
  });

  test('a retry does not undo the pause of an operator', () => {
    const core = new Driven([group('all', 1, { maxFailures: 0 })]);
    core.finishSlice({ failed: 1 }).tell({ kind: 'GateClosed' });
    core.tell({ kind: 'Paused', by: 'kim', reason: '', pauseSeq: 1 }).take();
    core.tell({ kind: 'TargetsMoved', to: 'pending', moved: [{ group: 'all', host: 'a', from: 'failed', count: 1 }] });
    expect([core.take(), statusOf(core.state).state]).toEqual([[], 'paused']);
  });

  test('after a skip the rollout waits for resume, and then ends without work', () => {
    const core = new Driven([group('all', 1, { maxFailures: 0 })]);
    core.finishSlice({ failed: 1 }).tell({ kind: 'GateClosed' }).take();
    core.tell({ kind: 'TargetsMoved', to: 'skipped', moved: [{ group: 'all', host: 'a', from: 'failed', count: 1 }] });
    expect([core.take(), statusOf(core.state).state]).toEqual([[], 'paused']);
    core.tell({ kind: 'Resumed', by: 'kim' });
    expect(core.take()).toEqual([{ kind: 'Finish', state: 'succeeded' }]);
  });

  test('ABORT closes the gate for good and ends once nothing is in flight', () => {
    const core = new Driven([group('all', 5, { maxFailures: 0, onFailure: 'ABORT' }), group('rest', 1)]);
    core.finishSlice({ failed: 1 });
    expect(core.take()).toMatchObject([{ kind: 'RunSlice' }, { kind: 'CloseGate', terminal: true }]);
    core.tell({ kind: 'GateClosed' });
    expect(core.take()).toEqual([{ kind: 'Finish', state: 'aborted' }]);
    expect(statusOf(core.state).groups.map(({ state }) => state)).toEqual(['aborted', 'aborted']);
  });

  test('a rollout that is taken up over its budget is paused with the cause that it had', () => {
    const core = new Driven([
      group('all', 3, { maxFailures: 0, failed: 1, state: 'paused', sampleCause: '42P01 no table' }),
    ]);
    core.tell({ kind: 'GateClosed' });
    expect(statusOf(core.state)).toMatchObject({
      state: 'paused',
      cause: 'group "all": 1 target failed, max_failures is 0: 42P01 no table',
    });
  });
});

describe('passes', () => {
  test('deferred targets wait for the backoff, and the last pass says so', () => {
    const core = new Driven([group('all', 2, { parallel: 1 })]);
    expect(core.slices()).toMatchObject([{ pass: 1, lastPass: false }]);
    core.finishSlice({ deferred: 2 });
    for (const [ms, pass, lastPass] of [
      [2_000, 2, false],
      [4_000, 3, true],
    ] as const) {
      expect(core.take()).toMatchObject([{ kind: 'StartTimer', ms, purpose: 'backoff' }]);
      core.tell({ kind: 'TimerFired', timerId: core.state.timers[0]?.id ?? '' });
      expect(core.slices()).toMatchObject([{ pass, lastPass }]);
      core.finishSlice(lastPass ? { failed: 2 } : { deferred: 2 });
    }
    expect(core.take()).toEqual([{ kind: 'Finish', state: 'failed' }]);
  });

  test('a retry gives all tries again', () => {
    const core = new Driven([group('all', 1, { maxFailures: 0 })]);
    core.finishSlice({ deferred: 1 });
    core.tell({ kind: 'TimerFired', timerId: core.state.timers[0]?.id ?? '' });
    core.finishSlice({ failed: 1 }).tell({ kind: 'GateClosed' });
    core.tell({ kind: 'TargetsMoved', to: 'pending', moved: [{ group: 'all', host: 'a', from: 'failed', count: 1 }] });
    core.tell({ kind: 'GateOpened', opened: true });
    expect(core.slices().at(-1)).toMatchObject({ pass: 2, lastPass: false });
  });
});

describe('reports that cross', () => {
  test('a retried target that is done before the retry is told is not counted again', () => {
    const core = new Driven([
      group('all', 2, { parallel: 2, maxTargetsPerSlice: 1 }),
      group('rest', 1, { approval: true }),
    ]);
    core.tell({ kind: 'TargetsMoved', to: 'skipped', moved: [{ group: 'all', host: 'a', from: 'pending', count: 1 }] });
    core.finishSlice({ failed: 1 });
    // In the store the failed target is pending again by now, and the second slice claims it.
    core.finishSlice({ applied: 1 }).take();
    core.tell({ kind: 'TargetsMoved', to: 'pending', moved: [{ group: 'all', host: 'a', from: 'failed', count: 1 }] });
    expect([core.take(), statusOf(core.state).state]).toEqual([[], 'awaiting_approval']);
    expect(core.state.groups[0]?.failed).toBe(0);
  });

  test('a slice that nobody gave a target leaves the rest for the next pass', () => {
    const core = new Driven([group('all', 1, { parallel: 1 })]);
    core.take();
    core.finishSlice({}, { claimed: 0 });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', purpose: 'backoff' }]);
  });

  test('a slice that was handed back undone is not issued again at once', () => {
    const core = new Driven([group('all', 1, { parallel: 1 })]);
    core.take();
    core.finishSlice({}, { claimed: 1 });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', purpose: 'gate', ms: HOLD_MS }]);
  });
});

describe('gate and pause', () => {
  test('the gate is opened before the first slice', () => {
    const core = new Driven([group('all', 1)], { gateOpen: false, pauseSeq: 4 });
    expect(core.take()).toEqual([{ kind: 'OpenGate', knownPauseSeq: 4 }]);
    core.tell({ kind: 'GateOpened', opened: true });
    expect(kinds(core.take())).toEqual(['RunSlice']);
  });

  test('a slice that finds the gate closed makes the rollout hold, then ask', () => {
    const core = new Driven([group('all', 3, { parallel: 1 })]);
    core.take();
    core.finishSlice({ applied: 1 }, { gateClosed: true });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', ms: HOLD_MS, purpose: 'gate' }]);
    expect(statusOf(core.state).state).toBe('draining');
    core.tell({ kind: 'TimerFired', timerId: core.state.timers[0]?.id ?? '' });
    expect(core.take()).toEqual([{ kind: 'OpenGate', knownPauseSeq: 0 }]);
    core.tell({ kind: 'GateOpened', opened: false, pauseSeq: 1 });
    expect(core.take()).toMatchObject([{ kind: 'StartTimer', purpose: 'gate' }]);
    core.tell({ kind: 'Paused', by: 'kim', reason: 'lunch', pauseSeq: 1 });
    expect(kinds(core.take())).toEqual(['CancelTimer']);
    expect(statusOf(core.state)).toMatchObject({ state: 'paused', cause: 'paused by kim: lunch' });
  });

  test('an opening that a pause has overtaken does not count', () => {
    const core = new Driven([group('all', 1)], { gateOpen: false });
    core.tell({ kind: 'Paused', by: 'kim', reason: '', pauseSeq: 1 }).tell({ kind: 'Resumed', by: 'kim' }).take();
    core.tell({ kind: 'GateOpened', opened: true });
    expect(core.take()).toEqual([{ kind: 'OpenGate', knownPauseSeq: 1 }]);
  });

  test('a gate that stays closed without a message becomes a pause that resume ends', () => {
    const core = new Driven([group('all', 1)], { gateOpen: false });
    for (let i = 0; statusOf(core.state).state !== 'paused'; i++) {
      expect(i).toBeLessThan(30);
      core.tell({ kind: 'GateOpened', opened: false, pauseSeq: 7 });
      const [timer] = core.state.timers;
      if (timer !== undefined) core.tell({ kind: 'TimerFired', timerId: timer.id });
    }
    core.take();
    core.tell({ kind: 'Resumed', by: 'kim' });
    expect(core.take()).toEqual([{ kind: 'OpenGate', knownPauseSeq: 7 }]);
  });

  test('a late second delivery of a pause does not pause again', () => {
    const core = new Driven([group('all', 3, { parallel: 1 })]);
    core.tell({ kind: 'Paused', by: 'kim', reason: '', pauseSeq: 1 }).tell({ kind: 'Resumed', by: 'kim' });
    core.tell({ kind: 'Paused', by: 'kim', reason: '', pauseSeq: 1 });
    expect(statusOf(core.state).state).toBe('running');
  });
});

describe('slices', () => {
  test('the first ones are small, later ones fit the measured time, and lanes end together', () => {
    const core = new Driven([group('all', 10_000, { parallel: 2, maxTargetsPerSlice: 1_000 })]);
    expect(core.slices().map(({ maxTargets }) => maxTargets)).toEqual([4, 4]);
    const sizes: number[] = [];
    while (core.state.finish === null) {
      const { maxTargets = 0 } = core.state.slices[0] ?? {};
      sizes.push(maxTargets);
      core.finishSlice({ applied: maxTargets }, { msPerTarget: 1 });
    }
    expect(Math.max(...sizes)).toBe(250);
    expect(sizes.at(-1)).toBeLessThanOrEqual(50);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(10_000);
    expect(sizes.length).toBeLessThan(60);
  });

  test('time grows with the lanes, so that some 25 slices a second are begun however many there are', () => {
    const core = new Driven([
      group('all', 0, { parallel: 100, hosts: [{ host: 'a', pending: 100_000 }], maxTargetsPerSlice: 10_000 }),
    ]);
    expect(core.slices()[0]?.maxMs).toBe(4_000);
  });

  test('hosts are taken in turn, each within per_host', () => {
    const hosts = ['a', 'b', 'c'].map((host) => ({ host, pending: 10 }));
    const core = new Driven([group('all', 0, { hosts, parallel: 5, perHost: 2 })]);
    expect(core.slices().map(({ host }) => host)).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  test('the state survives JSON and names no target', () => {
    const core = new Driven([group('all', 1_000)]);
    expect(JSON.parse(JSON.stringify(core.state))).toEqual(core.state);
    expect(JSON.stringify(core.state).length).toBeLessThan(2_500);
  });
});

describe('targets that appear meanwhile', () => {
  const tail = (groups: readonly GroupInput[]) =>
    new Driven([...groups, group('joined', 0, { state: 'done' })], { joiners: 'TAIL' });
  const looks = ({ commands }: Driven) => commands.filter(({ kind }) => kind === 'FindJoiners');
  /** All slices of the group that is at work. */
  const finishGroup = (driven: Driven): Driven => {
    const { group: name } = driven.state.slices[0] ?? {};
    for (let slice = driven.state.slices[0]; slice?.group === name && slice; [slice] = driven.state.slices) {
      driven.finishSlice({ applied: slice.maxTargets });
    }
    return driven;
  };
  const found = (driven: Driven, pending: number): Driven => {
    const lookId = driven.state.joiners?.asked;
    if (typeof lookId !== 'string') throw new Error('nobody looks');
    return driven.tell({ kind: 'JoinersFound', lookId, hosts: pending === 0 ? [] : [{ host: 'b', pending }] });
  };

  test('are looked for before the finish, and the finish waits for the answer', () => {
    const driven = finishGroup(new Driven([group('all', 2)], { joiners: 'LEAVE' }));
    expect(looks(driven)).toMatchObject([{ take: false }]);
    expect(driven.state.finish).toBeNull();
    expect(found(driven, 0).state.finish).toBe('succeeded');
  });

  test('run in a last group, and are looked for again after it, ten times at most', () => {
    const driven = finishGroup(tail([group('all', 2)]));
    for (let round = 1; round <= 10; round++) {
      found(driven, 3);
      expect(driven.state.slices[0]).toMatchObject({ group: 'joined', host: 'b' });
      finishGroup(driven);
    }
    // The eleventh look counts what is still new and takes nothing.
    expect(looks(driven).map((look) => look.kind === 'FindJoiners' && look.take)).toEqual([
      ...Array.from({ length: 10 }, () => true),
      false,
    ]);
    expect(found(driven, 0).state.finish).toBe('succeeded');
  });

  test('are looked for at the end of a group only where the last look was 5 s ago', () => {
    const driven = tail([group('a', 1), group('b', 1), group('c', 1)]).finishSlice({ applied: 1 });
    expect(looks(driven)).toEqual([]);
    driven.nowMs += 5_000;
    driven.finishSlice({ applied: 1 });
    expect(looks(driven)).toMatchObject([{ take: true }]);
    found(driven, 2);
    // After all the others.
    expect(driven.state.slices).toMatchObject([{ group: 'c' }]);
    driven.finishSlice({ applied: 1 });
    expect(driven.state.slices[0]).toMatchObject({ group: 'joined' });
  });

  test('have a budget of their own', () => {
    const driven = new Driven([group('all', 1), group('joined', 0, { state: 'done', maxFailures: 0 })], {
      joiners: 'TAIL',
    }).finishSlice({ applied: 1 });
    found(driven, 2).finishSlice({ failed: 1 });
    expect(statusOf(driven.state)).toMatchObject({ cause: expect.stringContaining('group "joined": 1 target failed') });
  });

  test('are of no interest to an abort, nor to a run that nobody told of them', () => {
    const driven = finishGroup(tail([group('all', 2)]));
    driven.tell({ kind: 'Aborted', by: 'kim', reason: '' }).tell({ kind: 'GateClosed' });
    expect(driven.state.finish).toBe('aborted');
    const plain = new Driven([group('all', 1)]).finishSlice({ applied: 1 });
    expect(looks(plain)).toEqual([]);
    expect(plain.state.finish).toBe('succeeded');
  });
});
