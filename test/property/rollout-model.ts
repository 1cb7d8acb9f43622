/**
 * A world for the rollout core: a store, engine workers, operators and a shell, all simulated. Whatever can happen next is in `happenings`;
 * the schedule picks which of them does, so a list of numbers is a random order of events, and a shorter list a simpler one.
 * The invariants are checked here, where things happen, from the world's own facts and never from the core's state.
 */
import { decide } from '../../src/rollout/decide.ts';
import { type RolloutProgress, sumOf, unfinishedOn } from '../../src/rollout/progress.ts';
import { record, startRollout } from '../../src/rollout/record.ts';
import { refuseVerb } from '../../src/rollout/refuse-verb.ts';
import { statusOf } from '../../src/rollout/status-of.ts';
import type { Command, GroupInput, JoinersMode, RolloutEvent, RunSlice } from '../../src/rollout/types.ts';
import type { RevertScope, RolloutVerb } from '../../src/shared/rollout-message.ts';
import type { OnFailure } from '../../src/shared/states.ts';

export type Try = 'ok' | 'fail' | 'defer';

export interface WorldInput {
  readonly groups: readonly {
    readonly parallel: number;
    readonly perHost: number | null;
    readonly maxFailures: number | null;
    readonly budgetMode: 'STRICT' | 'SOFT';
    readonly onFailure: OnFailure;
    readonly approval: boolean;
    readonly bakeMs: number;
    readonly maxTargetsPerSlice: number;
    readonly lanesPerSlice: number;
  }[];
  /** What each try of a target gives; after the last one it is applied. */
  readonly targets: readonly { readonly group: number; readonly host: number; readonly tries: readonly Try[] }[];
  readonly joiners: JoinersMode | undefined;
  readonly backoffMs: readonly number[];
  readonly operations: readonly Operation[];
  readonly schedule: readonly number[];
}

export type Operation =
  | {
      readonly kind:
        | 'pause'
        | 'lostPause'
        | 'resume'
        | 'promote'
        | 'approve'
        | 'abort'
        | 'retry'
        | 'skip'
        | 'raiseBudget'
        | 'overrideFreeze'
        | 'revert';
    }
  | { readonly kind: 'strangerCloses' | 'redeliver' }
  /** Tenants appear in the env. */
  | { readonly kind: 'join'; readonly host: number; readonly tries: readonly Try[] }
  | { readonly kind: 'setLimits'; readonly parallel: number; readonly perHost: number | null };

interface Target {
  readonly group: string;
  readonly host: string;
  readonly tries: Try[];
  state: 'pending' | 'running' | 'applied' | 'failed' | 'deferred' | 'skipped' | 'joined' | 'reverted';
  pass: number;
  /** Tried once, at least: it may hold some of the change. */
  touched: boolean;
  /** Is to be taken back. */
  down: boolean;
}

interface Slice {
  readonly command: RunSlice;
  readonly held: Target[] | undefined;
  readonly counts: { applied: number; reverted: number; failed: number; deferred: number };
}

type Happening = () => void;

const STEPS = 4_000;

export class World {
  state: RolloutProgress;
  readonly targets: Target[];
  readonly happenings: Happening[] = [];
  readonly gate = { isOpen: false, pauseSeq: 0, isTerminal: false };
  readonly #input: WorldInput;
  readonly #sliceIds = new Set<string>();
  readonly #inFlight = new Map<string, RunSlice>();
  readonly #told: RolloutEvent[] = [];
  /** Facts as the operators know them. */
  #isPaused = false;
  /** Timers that run because a policy lets nothing start, and the host that it holds; undefined: the whole group. */
  readonly #waits = new Map<string, string | undefined>();
  /** What the newest slice that was held has said: a timer for it follows at once. */
  #heldHost: string | undefined;
  readonly #pausesUnderway = new Set<number>();
  #movesUnderway = 0;
  #isAborted = false;
  /** The gate was asked and stayed closed, and nothing has happened since that would be a reason to ask again. */
  #askedInVain = false;
  readonly #approved = new Set<string>();
  readonly #baked = new Set<string>();
  readonly #largestBudget = new Map<string, number | null>();
  /** In the env, and not yet found. */
  readonly #strangers: Target[] = [];
  #looksUnderway = 0;
  #takes = 0;
  /** Nothing was worked on when the env was looked at last, nor since. */
  #lookedAtEnd = false;
  finish: string | undefined;
  /** Runs so far; each way back is one of its own. */
  #run = 1;
  #isDown = false;
  /** What the operator asked to be taken back. */
  #revertAsked = false;
  /** All that ever failed, by group: a retry that the core has not heard of yet does not undo them. */
  readonly #failures = new Map<string, number>();
  slicesRun = 0;
  #now = 1_000;

  constructor(input: WorldInput) {
    this.#input = input;
    this.targets = input.targets.map(({ group, host, tries }) => ({
      group: `g${group % input.groups.length}`,
      host: `h${host}`,
      tries: [...tries],
      state: 'pending',
      pass: 0,
      touched: false,
      down: false,
    }));
    const groups = input.groups.map((group, i): GroupInput => {
      const name = `g${i}`;
      const mine = this.targets.filter((target) => target.group === name);
      const hosts = [...new Set(mine.map(({ host }) => host))].map((host) => ({
        host,
        pending: mine.filter((target) => target.host === host).length,
      }));
      this.#largestBudget.set(name, group.maxFailures);
      return { ...group, name, hosts, failed: 0, state: 'waiting' };
    });
    const settings = this.#settingsOf('joined');
    this.#largestBudget.set('joined', settings?.maxFailures ?? null);
    if (input.joiners === 'TAIL' && settings !== undefined) {
      groups.push({ ...settings, name: 'joined', hosts: [], failed: 0, state: 'done' });
    }
    const joiners = input.joiners === undefined ? {} : { joiners: input.joiners };
    this.state = startRollout({ groups, backoffMs: input.backoffMs, nowMs: this.#now, ...joiners });
  }

  /** Runs to the end of the rollout; throws where an invariant is broken. */
  run(): void {
    for (const operation of this.#input.operations) this.happenings.push(() => this.#operate(operation));
    this.#carryOut();
    for (let i = 0; this.finish === undefined; i++) {
      if (i > STEPS) throw new Error(`the rollout does not end: ${JSON.stringify(statusOf(this.state))}`);
      this.#now += 7;
      const chosen = this.#input.schedule[i] ?? 0;
      const [happening] = this.happenings.splice(chosen % Math.max(1, this.happenings.length), 1);
      if (happening === undefined) this.#helpOut();
      else happening();
      this.#checkCounts();
    }
    if (this.#inFlight.size > 0) throw new Error('the rollout ended with slices in flight');
    this.#checkEnd();
  }

  #tell(event: RolloutEvent): void {
    this.#told.push(event);
    this.state = record(this.state, event);
    this.#carryOut();
  }

  #carryOut(): void {
    for (const command of decide(this.state)) {
      // As the shell does: no end while somebody's retry or skip is being carried out.
      if (command.kind === 'Finish' && this.#movesUnderway > 0) continue;
      this.state = record(this.state, { kind: 'CommandIssued', command, atMs: this.#now });
      this.#start(command);
    }
    if (this.happenings.length > 200) throw new Error('more and more is started');
  }

  #start(command: Command): void {
    switch (command.kind) {
      case 'RunSlice':
        this.#startSlice(command);
        return;
      case 'StartTimer':
        if (command.purpose === 'policy') this.#waits.set(command.timerId, this.#heldHost);
        this.#later(() => this.#fire(command.timerId, command.purpose));
        return;
      case 'CancelTimer':
        this.#waits.delete(command.timerId);
        // The timer may fire all the same: it was too late to stop it.
        return;
      case 'OpenGate':
        if (this.#isPaused || this.#isAborted) throw new Error('the gate is asked to open under a pause or an abort');
        if (this.#askedInVain) throw new Error('the gate is asked again and again');
        this.happenings.push(() => this.#openGate(command.knownPauseSeq));
        return;
      case 'CloseGate':
        this.#isAborted ||= command.terminal;
        this.happenings.push(() => {
          this.gate.isOpen = false;
          this.gate.isTerminal ||= command.terminal;
          this.happenings.push(() => this.#tell({ kind: 'GateClosed', atMs: this.#now }));
        });
        return;
      case 'FindJoiners':
        if (this.#isPaused || this.#isAborted) throw new Error('the env is looked at under a pause or an abort');
        this.#looksUnderway++;
        this.#look(command.lookId, command.take);
        return;
      case 'Finish':
        if (command.state === 'reverting') this.happenings.push(() => this.#turnRound());
        else this.finish = command.state;
    }
  }

  #settingsOf(group: string): WorldInput['groups'][number] | undefined {
    if (group !== 'joined') return this.#input.groups[Number(group.slice(1))];
    const last = this.#input.groups.at(-1);
    return last === undefined ? undefined : { ...last, approval: false, bakeMs: 0 };
  }

  /** The env is evaluated, and what is new is written; the core hears of it later. The store refuses what comes from a run that is over. */
  #look(lookId: string, take: boolean): void {
    const run = this.#run;
    this.happenings.push(() => {
      if (run === this.#run) this.#write(lookId, take, run);
      else this.#looksUnderway--;
    });
  }

  #write(lookId: string, take: boolean, run: number): void {
    const found = this.#strangers.splice(0);
    // One that is pending again by a retry may be skipped before it runs: that takes no further look.
    this.#lookedAtEnd = this.targets.every(({ state }) => state !== 'running');
    for (const target of found) target.state = take ? 'pending' : 'joined';
    this.targets.push(...found);
    if (take && found.length > 0) this.#takes++;
    if (this.#takes > 10) throw new Error('the rollout runs after tenants without end');
    const hosts = [...new Set(found.map(({ host }) => host))].map((host) => ({
      host,
      pending: found.filter((target) => target.host === host).length,
    }));
    this.happenings.push(() => {
      this.#looksUnderway--;
      if (run !== this.#run) return;
      this.#askedInVain = false;
      this.#tell({ kind: 'JoinersFound', lookId, hosts: take ? hosts : [], atMs: this.#now });
    });
  }

  /** What ends with the run: its timers are gone when the next one begins. */
  #later(happening: Happening): void {
    const run = this.#run;
    this.happenings.push(() => {
      if (run === this.#run) happening();
    });
  }

  /** The run is over, and the store turns what it touched: a run of its own takes that back, last group first. */
  #turnRound(): void {
    const revert = this.state.abort?.revert;
    if (this.#inFlight.size > 0) throw new Error('the rollout was turned round with slices in flight');
    if (revert === undefined) throw new Error('a way back without its scope');
    if (this.#isDown) throw new Error('a way back of a way back');
    this.#checkScope(revert);
    const turned = this.targets.filter(
      ({ group, state, touched }) =>
        touched && state !== 'skipped' && (revert.group === undefined || group === revert.group),
    );
    if (turned.length === 0) {
      this.finish = 'aborted';
      return;
    }
    for (const target of turned) Object.assign(target, { state: 'pending', pass: 0, down: true });
    Object.assign(this.gate, { isOpen: false, isTerminal: false });
    this.#run++;
    this.#isDown = true;
    // As the store: a pause that the run has not heard of holds for the way back.
    this.#isPaused = this.gate.pauseSeq > this.state.gate.pauseSeq;
    this.#isAborted = false;
    this.#askedInVain = false;
    this.#pausesUnderway.clear();
    this.#waits.clear();
    // Ids are those of a run: in the store each run has an epoch of its own.
    this.#sliceIds.clear();
    this.#told.length = 0;
    const all = this.targets.some(({ group }) => group === 'joined') ? ['joined'] : [];
    const names = [...this.#input.groups.map((_, i) => `g${i}`), ...all];
    const groups = names.flatMap((name): GroupInput[] => {
      const group = this.#settingsOf(name);
      if (group === undefined) return [];
      const mine = turned.filter((target) => target.group === name);
      const hosts = [...new Set(mine.map(({ host }) => host))].map((host) => ({
        host,
        pending: mine.filter((target) => target.host === host).length,
      }));
      const limits = { maxFailures: null, onFailure: 'PAUSE', approval: false, bakeMs: 0 } as const;
      return [{ ...group, ...limits, name, hosts, failed: 0, state: hosts.length === 0 ? 'done' : 'waiting' }];
    });
    this.state = startRollout({
      direction: 'down',
      groups: groups.toReversed(),
      backoffMs: this.#input.backoffMs,
      nowMs: this.#now,
      pauseSeq: this.gate.pauseSeq,
      ...(this.#isPaused ? { pause: { by: 'kim', reason: 'lunch' } } : {}),
    });
    this.#carryOut();
  }

  /** Somebody asked for all of it, or the budget of a group is used up whose on_failure says so. */
  #checkScope(revert: RevertScope): void {
    if (this.#isPaused && !this.#revertAsked) throw new Error('a way back began by itself under a pause');
    if (this.#revertAsked && revert.group === undefined) return;
    const names = [...this.#input.groups.map((_, i) => `g${i}`), 'joined'];
    const exceeded = names.flatMap((name) => {
      const { maxFailures = null, onFailure = 'PAUSE' } = this.#settingsOf(name) ?? {};
      return maxFailures !== null && (this.#failures.get(name) ?? 0) > maxFailures ? [{ name, onFailure }] : [];
    });
    const isMeant = exceeded.some(({ name, onFailure }) =>
      revert.group === undefined ? onFailure === 'REVERT_ALL' : onFailure === 'REVERT_GROUP' && name === revert.group,
    );
    if (!isMeant) throw new Error(`nobody asked for this way back: ${JSON.stringify(revert)}`);
  }

  #fire(timerId: string, purpose: string): void {
    const group = this.state.timers.find(({ id }) => id === timerId)?.group;
    if (purpose === 'bake' && group !== undefined) this.#baked.add(group);
    this.#askedInVain &&= purpose !== 'gate';
    this.#waits.delete(timerId);
    this.#tell({ kind: 'TimerFired', timerId, atMs: this.#now });
  }

  #openGate(knownPauseSeq: number): void {
    const { gate } = this;
    const opened = !gate.isTerminal && gate.pauseSeq === knownPauseSeq;
    if (opened && (this.#isPaused || this.#pausesUnderway.size > 0))
      throw new Error('the gate was opened under a pause');
    gate.isOpen ||= opened;
    const { pauseSeq } = gate;
    this.happenings.push(() => {
      // A pause that came in meanwhile and its resume are reason enough.
      this.#askedInVain = !opened && this.state.gate.pauseSeq === knownPauseSeq;
      this.#tell({ kind: 'GateOpened', opened, pauseSeq, atMs: this.#now });
    });
  }

  #startSlice(command: RunSlice): void {
    this.slicesRun++;
    this.#checkSlice(command);
    this.#inFlight.set(command.sliceId, command);
    const slice: Slice = { command, held: undefined, counts: { applied: 0, reverted: 0, failed: 0, deferred: 0 } };
    this.happenings.push(() => this.#workOn(slice));
  }

  /** A step of a worker: the claim, or one target. */
  #workOn(slice: Slice): void {
    const { command, counts } = slice;
    const isClaim = slice.held === undefined;
    const held = slice.held ?? this.#claim(command);
    const isSpent = command.failureAllowance !== null && counts.failed >= command.failureAllowance;
    const [target, ...rest] = held;
    // A worker that shuts down hands back what it holds; the schedule says when.
    const isShutdown = isClaim && this.#input.schedule[this.slicesRun] === 13;
    // A freeze, or a throttle of the host, that begins before the slice or in its middle; the schedule ends, so they do too.
    const policy = this.#input.schedule[this.slicesRun + counts.applied];
    const scope = held.length === 0 ? undefined : policy === 14 ? 'group' : policy === 15 ? 'host' : undefined;
    if (target === undefined || isSpent || !this.gate.isOpen || isShutdown || scope !== undefined) {
      for (const each of held) each.state = 'pending';
      const isHeld = !this.gate.isOpen && held.length > 0 && !isSpent;
      this.#report(slice, isClaim ? held.length : undefined, { gateClosed: isHeld, scope });
      return;
    }
    const result = target.tries.shift() ?? 'ok';
    const done = this.#isDown ? 'reverted' : 'applied';
    const state = result === 'ok' ? done : result === 'fail' || command.lastPass ? 'failed' : 'deferred';
    target.state = state;
    target.touched = true;
    if (state === 'failed') this.#failures.set(command.group, (this.#failures.get(command.group) ?? 0) + 1);
    target.pass = command.pass + 1;
    counts[state]++;
    this.#checkBudget(command.group);
    this.happenings.push(() => this.#workOn({ ...slice, held: rest }));
  }

  #claim({ group, host, maxTargets, pass }: RunSlice): Target[] {
    const mine = this.targets.filter(
      (target) => target.group === group && target.host === host && target.down === this.#isDown,
    );
    const fresh = mine.filter(({ state }) => state === 'pending');
    const again = mine.filter((target) => target.state === 'deferred' && target.pass <= pass);
    const held = [...fresh, ...again].slice(0, maxTargets);
    for (const target of held) target.state = 'running';
    if (held.length > 0) this.#lookedAtEnd = false;
    return held;
  }

  #report(
    { command, counts }: Slice,
    claimed: number | undefined,
    { gateClosed, scope }: { readonly gateClosed: boolean; readonly scope: 'group' | 'host' | undefined },
  ): void {
    this.happenings.push(() => {
      this.#inFlight.delete(command.sliceId);
      this.#heldHost = scope === 'host' ? command.host : undefined;
      this.#tell({
        kind: 'SliceFinished',
        sliceId: command.sliceId,
        counts,
        ...(claimed === undefined ? {} : { claimed }),
        gateClosed,
        ...(scope === undefined ? {} : { wait: { reason: 'freeze', ms: 1_000, scope } }),
        msPerTarget: 5,
        sampleCause: 'relation "accounts" does not exist',
        atMs: this.#now,
      });
    });
  }

  #operate(operation: Operation): void {
    switch (operation.kind) {
      case 'pause':
      case 'lostPause':
        this.#pause(operation.kind === 'lostPause');
        return;
      case 'abort':
        this.gate.isOpen = false;
        this.gate.isTerminal = true;
        this.#send('abort', () => {
          this.#isAborted = true;
          return { kind: 'Aborted', by: 'kim', reason: '', atMs: this.#now };
        });
        return;
      case 'revert':
        // As the app: not where it is being taken back already.
        if (this.#isDown) return;
        this.#requestRevert();
        return;
      case 'resume':
        this.#send('resume', () => {
          this.#isPaused = false;
          this.#askedInVain = false;
          return { kind: 'Resumed', by: 'kim', atMs: this.#now };
        });
        return;
      case 'promote':
        this.#send('promote', () => {
          const group = statusOf(this.state).groups.find(({ state }) => state === 'baking')?.name;
          if (group !== undefined) this.#baked.add(group);
          return { kind: 'Promoted', by: 'kim', atMs: this.#now };
        });
        return;
      case 'approve':
        this.#send('approve', () => {
          const group = this.state.groups.find(({ phase }) => phase !== 'done');
          if (group !== undefined) this.#approved.add(group.name);
          return { kind: 'Approved', by: 'kim', atMs: this.#now };
        });
        return;
      case 'overrideFreeze':
        this.#send('overrideFreeze', () => ({ kind: 'FreezeOverridden', by: 'kim', atMs: this.#now }));
        return;
      case 'retry':
      case 'skip':
        this.#move(operation.kind);
        return;
      case 'raiseBudget':
        this.#send('setLimits', () => {
          const group = this.state.budgetStop?.group ?? 'g0';
          this.#largestBudget.set(group, null);
          return { kind: 'LimitsSet', group, maxFailures: null, atMs: this.#now };
        });
        return;
      case 'setLimits':
        this.#send('setLimits', () => ({
          kind: 'LimitsSet',
          group: 'g0',
          parallel: operation.parallel,
          perHost: operation.perHost,
          bakeMs: 50,
          atMs: this.#now,
        }));
        return;
      case 'join':
        this.#strangers.push({
          group: 'joined',
          host: `h${operation.host}`,
          tries: [...operation.tries],
          state: 'pending',
          pass: 0,
          touched: false,
          down: false,
        });
        return;
      case 'strangerCloses':
        this.gate.isOpen = false;
        return;
      case 'redeliver': {
        // Anything but a move may come twice, late and out of order.
        const event = this.#told.findLast(({ kind }) => kind !== 'TargetsMoved' && kind !== 'LimitsSet');
        const isHarmless =
          event?.kind === 'SliceFinished' ||
          event?.kind === 'JoinersFound' ||
          event?.kind === 'TimerFired' ||
          event?.kind === 'Paused';
        if (event !== undefined && isHarmless) this.#tell(event);
      }
    }
  }

  #pause(isLost: boolean): void {
    this.gate.isOpen = false;
    this.gate.pauseSeq++;
    const { pauseSeq } = this.gate;
    this.#pausesUnderway.add(pauseSeq);
    if (isLost) {
      // Until the core has found out by itself.
      return;
    }
    this.happenings.push(() => {
      for (const seq of this.#pausesUnderway) if (seq <= pauseSeq) this.#pausesUnderway.delete(seq);
      const isStale = pauseSeq < this.state.gate.pauseSeq;
      if (refuseVerb(this.state, 'pause') !== undefined || isStale) return;
      if (pauseSeq > this.state.gate.pauseSeq) this.#isPaused = true;
      this.#tell({ kind: 'Paused', by: 'kim', reason: 'lunch', pauseSeq, atMs: this.#now });
    });
  }

  #requestRevert(): void {
    this.gate.isOpen = false;
    this.gate.pauseSeq++;
    const { pauseSeq } = this.gate;
    this.#send('revert', () => {
      this.#isAborted = true;
      this.#revertAsked = true;
      return { kind: 'RevertRequested', by: 'kim', reason: '', pauseSeq, scope: {}, atMs: this.#now };
    });
  }

  #send(verb: RolloutVerb, event: () => RolloutEvent): void {
    this.happenings.push(() => {
      if (refuseVerb(this.state, verb) === undefined) this.#tell(event());
    });
  }

  #move(verb: 'retry' | 'skip'): void {
    this.happenings.push(() => {
      if (refuseVerb(this.state, verb) !== undefined) return;
      this.#movesUnderway++;
      this.happenings.push(() => {
        const from = (verb === 'retry' ? ['failed'] : ['failed', 'deferred', 'pending']) as readonly Target['state'][];
        const all = from.flatMap((state) =>
          this.targets.filter((target) => target.state === state && target.down === this.#isDown),
        );
        const chosen = verb === 'retry' ? all : all.slice(0, 1);
        const moved = chosen.map(({ group, host, state }) => ({
          group,
          host,
          from: state as 'failed' | 'pending' | 'deferred',
          count: 1,
        }));
        for (const target of chosen) target.state = verb === 'retry' ? 'pending' : 'skipped';
        this.happenings.push(() => {
          this.#movesUnderway--;
          this.#askedInVain = false;
          this.#tell({ kind: 'TargetsMoved', to: verb === 'retry' ? 'pending' : 'skipped', moved, atMs: this.#now });
        });
      });
    });
  }

  /** Nothing is under way: an operator does what the status asks for. */
  #helpOut(): void {
    const { state, nextVerbs } = statusOf(this.state);
    if (state !== 'paused' && state !== 'awaiting_approval') {
      throw new Error(`nothing is under way and nobody is asked: ${state}, ${JSON.stringify(this.state)}`);
    }
    this.#pausesUnderway.clear();
    if (state === 'awaiting_approval') {
      this.#operate({ kind: 'approve' });
      return;
    }
    if (nextVerbs.includes('resume')) {
      this.#operate({ kind: this.gate.isTerminal ? 'abort' : 'resume' });
      return;
    }
    this.#operate({ kind: this.#now % 2 === 0 ? 'skip' : 'raiseBudget' });
  }

  #checkSlice(slice: RunSlice): void {
    const { group, host, failureAllowance, maxTargets, lanes = 1 } = slice;
    if (this.#isPaused || this.#isAborted) throw new Error('a slice was issued after a pause or an abort was recorded');
    const held = [...this.#waits.values()];
    if (held.includes(undefined)) throw new Error('a slice was issued while a policy lets nothing start');
    if (held.includes(host)) throw new Error('a slice was issued on a host on which a policy lets nothing start');
    if (this.#sliceIds.has(slice.sliceId)) throw new Error('a slice id was used twice');
    this.#sliceIds.add(slice.sliceId);
    const limits = statusOf(this.state).groups.find(({ name }) => name === group);
    const others = [...this.#inFlight.values()];
    const lanesOf = (slices: readonly RunSlice[]): number => sumOf(slices, (other) => other.lanes ?? 1);
    if (limits === undefined || lanesOf(others) + lanes > limits.parallel) throw new Error('more than `parallel`');
    const perHost = lanesOf(others.filter((other) => other.host === host)) + lanes;
    if (limits.perHost !== null && perHost > limits.perHost) throw new Error('more than `per_host`');
    if (others.some((other) => other.group !== group)) throw new Error('slices of two groups at once');
    const settings = this.#settingsOf(group);
    if (settings === undefined || maxTargets < 1 || maxTargets > settings.maxTargetsPerSlice) {
      throw new Error('a slice of a wrong size');
    }
    if (lanes < 1 || lanes > Math.min(settings.lanesPerSlice, maxTargets)) throw new Error('a slice of wrong lanes');
    const isStrict = settings.budgetMode === 'STRICT';
    if (isStrict && slice.mayOvershoot) throw new Error('a slice that may overshoot a strict budget');
    if (failureAllowance !== null && failureAllowance < 1) throw new Error('a slice that may not fail');
    if (this.#isDown) {
      this.#checkWayBack(slice);
      return;
    }
    if (settings.approval && !this.#approved.has(group)) throw new Error('a group began before it was approved');
    this.#checkOrder(group);
  }

  #checkWayBack({ group, host }: RunSlice): void {
    if (this.#movesUnderway > 0) return;
    const meant = this.targets.filter(({ down }) => down);
    if (!meant.some((target) => target.group === group && target.host === host)) {
      throw new Error('a slice where nothing is to be taken back');
    }
    const isOver = ({ state }: Target): boolean => state === 'reverted' || state === 'failed' || state === 'skipped';
    if (meant.some((target) => target.group > group && !isOver(target))) {
      throw new Error('a group is taken back before the one after it');
    }
  }

  #checkOrder(group: string): void {
    if (this.#movesUnderway > 0) return;
    for (const target of this.targets) {
      if (target.group < group && !isOver(target.state))
        throw new Error('a group began before the one before it was over');
    }
    this.#input.groups.forEach(({ bakeMs }, i) => {
      const name = `g${i}`;
      const hasTargets = this.targets.some((target) => target.group === name && target.state !== 'skipped');
      if (name < group && bakeMs > 0 && hasTargets && !this.#baked.has(name)) {
        throw new Error('a group began before the one before it had baked');
      }
    });
  }

  #checkBudget(group: string): void {
    const settings = this.#settingsOf(group);
    const largest = this.#largestBudget.get(group);
    // One that cannot be taken back keeps no other from it.
    if (this.#isDown || settings?.budgetMode !== 'STRICT' || largest === null || largest === undefined) return;
    const failed = this.targets.filter((target) => target.group === group && target.state === 'failed').length;
    if (failed > largest + 1) throw new Error(`${failed} failures with max_failures = ${largest}`);
  }

  /** With nothing under way that both sides have not heard of, both count the same. */
  #checkCounts(): void {
    if (this.#inFlight.size > 0 || this.#movesUnderway > 0 || this.#looksUnderway > 0) return;
    for (const group of this.state.groups) {
      const mine = this.targets.filter((target) => target.group === group.name && target.down === this.#isDown);
      const unfinished = mine.filter(({ state }) => state === 'pending' || state === 'deferred').length;
      const failed = mine.filter(({ state }) => state === 'failed').length;
      const counted = sumOf(group.hosts, unfinishedOn);
      if (counted !== unfinished || group.failed !== failed) {
        throw new Error(`${group.name}: counted ${counted} and ${group.failed}, there are ${unfinished} and ${failed}`);
      }
    }
  }

  #checkEnd(): void {
    const meant = this.targets.filter(({ down }) => down === this.#isDown);
    const count = (state: Target['state']): number => meant.filter((target) => target.state === state).length;
    const open = count('pending') + count('deferred') + count('running');
    const isUnasked = ({ state, down, touched }: Target): boolean => state === 'reverted' && !(down && touched);
    if (this.targets.some(isUnasked)) throw new Error('a target was taken back to which nothing was applied');
    const isLeft = this.targets.some(({ touched, state }) => touched && state !== 'skipped');
    if (this.#revertAsked && !this.#isDown && isLeft) throw new Error('the way back that was asked for did not begin');
    if (this.finish === 'aborted') return;
    if (open > 0) throw new Error(`${open} targets were lost`);
    this.#checkJoiners(count('joined'));
    const wanted = count('failed') > 0 ? 'failed' : this.#isDown ? 'reverted' : 'succeeded';
    if (this.finish !== wanted) throw new Error(`ended as ${this.finish}, not as ${wanted}`);
    if (wanted === 'reverted' && count('applied') > 0) throw new Error('not all of it was taken back');
  }

  /** Who appeared while anything was worked on was found; whoever may be taken, was. */
  #checkJoiners(left: number): void {
    const { joiners } = this.#input;
    if (joiners === undefined) {
      if (left > 0 || this.targets.some(({ group }) => group === 'joined'))
        throw new Error('joiners that nobody wanted');
      return;
    }
    if (this.targets.length > 0 && !this.#lookedAtEnd && !this.#isDown)
      throw new Error('ended without a last look at the env');
    if (joiners === 'TAIL' && left > 0 && this.#takes < 10) throw new Error(`${left} joiners were left behind`);
    if (joiners === 'LEAVE' && this.#takes > 0) throw new Error('joiners were taken that should be left');
  }
}

const isOver = (state: Target['state']): boolean =>
  state === 'applied' || state === 'failed' || state === 'skipped' || state === 'joined' || state === 'reverted';
