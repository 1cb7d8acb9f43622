import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RolloutRef } from '../activities/types.ts';
import { decide } from '../rollout/decide.ts';
import {
  afterVainDrain,
  canHandOver,
  DRAIN_MS,
  handOver,
  isDrainDue,
  RUN_LIMITS,
  type RunLimits,
} from '../rollout/hand-over.ts';
import type { RolloutProgress } from '../rollout/progress.ts';
import { record, startRollout } from '../rollout/record.ts';
import { type Refusal, refuseVerb } from '../rollout/refuse-verb.ts';
import { statusOf } from '../rollout/status-of.ts';
import type { Command, RolloutEvent, RolloutStatus } from '../rollout/types.ts';
import type { MessageOf, RevertScope, RolloutMessage } from '../shared/rollout-message.ts';
import { engine, store } from './rollout-activities.ts';
import type { RolloutRun } from './rollout-workflow.ts';

/** What a run hands to the next one. */
export interface Carry {
  readonly epoch: number;
  readonly progress: RolloutProgress;
  /** Ids of handled messages: the server knows those of its own run only. */
  readonly handled: readonly string[];
}

/**
 * The server ends a run at 51,200 events. A rollout that has found no moment at which nothing is in flight (see `isDrainDue`) makes one from here on, at
 * the price of lanes that wait for the slowest target.
 */
const MUST_DRAIN_AT_EVENTS = 16_000;
/** Behind `patched`: a run that was begun by earlier code goes on as that code would have. */
const SHORT_RUNS = 'short-runs';
/** A message is redelivered within seconds; this many are hours of an operator's typing. */
const HANDLED_KEPT = 200;

/**
 * Starts what `decide` asks for and records what comes back. State changes only in `#tell`, which runs to its end without an await: between
 * the decision and its commands nothing can happen.
 */
export class RolloutShell {
  readonly #run: RolloutRun;
  #epoch: number;
  #progress: RolloutProgress | undefined;
  #handled: readonly string[];
  /** Retries and skips whose targets are being moved in the store: until the core was told, it must not end. */
  #movesUnderway = 0;
  /** It has events enough to hand over when nothing is in flight. */
  #isLong = false;
  /** No slice is issued for `DRAIN_MS`. */
  #isTryingToDrain = false;
  #limits: RunLimits;
  #saved = '';
  #isSaving = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #timers = new Map<string, CancellationScope>();

  constructor(run: RolloutRun) {
    this.#run = run;
    this.#limits = run.limits ?? RUN_LIMITS;
    this.#epoch = run.carry?.epoch ?? 0;
    this.#handled = run.carry?.handled ?? [];
    this.#progress = run.carry === undefined ? undefined : handOver(run.carry.progress);
  }

  async start(): Promise<void> {
    if (this.#progress === undefined) {
      const prepared = await store.prepareRollout({ rolloutId: this.#run.rolloutId });
      this.#epoch = prepared.epoch;
      this.#progress = startRollout({ pauseSeq: prepared.pauseSeq, ...prepared.input, nowMs: Date.now() });
    }
    this.#carryOut();
  }

  status(): RolloutStatus | null {
    return this.#progress === undefined ? null : statusOf(this.#progress);
  }

  finalStatus(): RolloutStatus {
    return statusOf(this.#prepared());
  }

  ref(): RolloutRef {
    return { rolloutId: this.#run.rolloutId, epoch: this.#epoch };
  }

  carry(): Carry {
    return { epoch: this.#epoch, progress: this.#prepared(), handled: this.#handled };
  }

  isOver(): boolean {
    return (this.#progress?.finish ?? null) !== null;
  }

  /** The run may end: the rollout is over, or the next run can take it up. Nothing is lost by ending now. */
  hasEnded(): boolean {
    if (this.#failure !== undefined) return true;
    if (this.#isSaving || this.#movesUnderway > 0 || !allHandlersFinished()) return false;
    return this.isOver() || (this.#isHandOverWanted() && canHandOver(this.#prepared()));
  }

  /** What the run after this one has to take back; undefined where none has. */
  revert(): (RevertScope & { readonly cause: string; readonly knownPauseSeq: number }) | undefined {
    const { abort, gate } = this.#prepared();
    return abort?.revert === undefined
      ? undefined
      : { ...abort.revert, cause: abort.cause, knownPauseSeq: gate.pauseSeq };
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Synchronous and without effects, as Temporal asks of validators: a promise here would wedge the workflow (temporal.md 9). */
  validate(message: RolloutMessage): void {
    if (this.#handled.includes(message.id)) return;
    const refusal = this.#refusal(message);
    if (refusal !== undefined) throw toFailure(refusal);
  }

  async handle(message: RolloutMessage): Promise<void> {
    if (this.#handled.includes(message.id)) return;
    if (this.#progress === undefined) {
      await condition(() => this.#progress !== undefined);
      const refusal = this.#refusal(message);
      if (refusal !== undefined) throw toFailure(refusal);
    }
    if (message.verb === 'retry' || message.verb === 'skip') await this.#move(message);
    else this.#tell(toEvent(message, Date.now()));
    this.#handled = [...this.#handled, message.id].slice(-HANDLED_KEPT);
  }

  #refusal(message: RolloutMessage): Refusal | undefined {
    if (message.rollout !== undefined && message.rollout !== this.#run.rolloutId) {
      return { code: 'ROLLOUT_OVER', message: `rollout "${message.rollout}" is over` };
    }
    if (this.#progress === undefined) return undefined;
    return refuseVerb(this.#progress, message.verb, { group: 'group' in message ? message.group : undefined });
  }

  async #move(message: MessageOf<'retry'> | MessageOf<'skip'>): Promise<void> {
    const command = { ...this.ref(), actor: message.by, commandId: message.id };
    this.#movesUnderway += 1;
    try {
      const { moved } =
        message.verb === 'retry'
          ? await store.reopenTargets({
              ...command,
              ...(message.targets === undefined ? {} : { targets: message.targets }),
              ...(message.group === undefined ? {} : { group: message.group }),
            })
          : await store.skipTargets({ ...command, targets: message.targets, reason: message.reason });
      const to = message.verb === 'retry' ? 'pending' : 'skipped';
      this.#progress = record(this.#prepared(), { kind: 'TargetsMoved', to, moved, atMs: Date.now() });
    } finally {
      this.#movesUnderway -= 1;
      this.#carryOut();
    }
  }

  #tell(event: RolloutEvent): void {
    this.#progress = record(this.#prepared(), event);
    this.#carryOut();
  }

  #carryOut(): void {
    this.#drainWhereDue();
    for (const command of decide(this.#prepared())) {
      if (command.kind === 'Finish' && this.#movesUnderway > 0) continue;
      if (command.kind === 'RunSlice' && this.#isDraining()) continue;
      this.#progress = record(this.#prepared(), { kind: 'CommandIssued', command, atMs: Date.now() });
      this.#start(command);
    }
    this.#save();
  }

  #start(command: Command): void {
    switch (command.kind) {
      case 'RunSlice': {
        const { kind, ...slice } = command;
        this.#background(async () => {
          const result = await engine.applySlice({ ...this.ref(), ...slice });
          this.#tell({ kind: 'SliceFinished', sliceId: slice.sliceId, ...result, atMs: Date.now() });
        });
        return;
      }
      case 'StartTimer':
        this.#background(() => this.#runTimer(command.timerId, command.ms));
        return;
      case 'CancelTimer':
        this.#timers.get(command.timerId)?.cancel();
        return;
      case 'OpenGate':
        this.#background(async () => {
          const answer = await store.openGate({ ...this.ref(), knownPauseSeq: command.knownPauseSeq });
          this.#tell({ kind: 'GateOpened', ...answer, atMs: Date.now() });
        });
        return;
      case 'CloseGate':
        this.#background(async () => {
          await store.closeGate({ ...this.ref(), reason: command.reason, terminal: command.terminal });
          this.#tell({ kind: 'GateClosed', atMs: Date.now() });
        });
        return;
      case 'FindJoiners': {
        const { lookId, take } = command;
        this.#background(async () => {
          const found = await engine.findJoiners({ ...this.ref(), lookId, take });
          this.#tell({ kind: 'JoinersFound', lookId, ...found, atMs: Date.now() });
        });
        return;
      }
      case 'Finish':
        // `hasEnded` sees it.
        return;
    }
  }

  async #runTimer(timerId: string, ms: number): Promise<void> {
    const scope = new CancellationScope();
    this.#timers.set(timerId, scope);
    try {
      await scope.run(() => sleep(ms));
      this.#tell({ kind: 'TimerFired', timerId, atMs: Date.now() });
    } catch (error) {
      if (!isCancellation(error) || !scope.consideredCancelled) throw error;
    } finally {
      this.#timers.delete(timerId);
    }
  }

  /** One write at a time, the newest wins. The number in flight changes with every slice and is not worth a write. */
  #save(): void {
    const isChanged = this.#visible() !== this.#saved;
    if (this.#isSaving || !isChanged || this.isOver()) return;
    this.#isSaving = true;
    this.#background(async () => {
      try {
        while (this.#visible() !== this.#saved && !this.isOver()) {
          const seen = this.#visible();
          await store.saveStatus({ ...this.ref(), status: this.finalStatus() });
          this.#saved = seen;
        }
      } finally {
        this.#isSaving = false;
      }
    });
  }

  #visible(): string {
    return JSON.stringify({ ...this.finalStatus(), inFlight: 0 });
  }

  #drainWhereDue(): void {
    const { historyLength: events, runStartTime } = workflowInfo();
    this.#isLong ||= events >= this.#limits.longRunEvents && patched(SHORT_RUNS);
    if (!this.#isLong || this.#isTryingToDrain) return;
    const ms = Date.now() - runStartTime.getTime();
    if (!isDrainDue(this.#prepared(), { events, ms }, this.#limits)) return;
    this.#isTryingToDrain = true;
    this.#background(async () => {
      await sleep(DRAIN_MS);
      this.#isTryingToDrain = false;
      this.#limits = afterVainDrain(this.#limits, workflowInfo().historyLength);
      this.#carryOut();
    });
  }

  #isHandOverWanted(): boolean {
    return workflowInfo().continueAsNewSuggested || this.#isLong || this.#isDraining();
  }

  #isDraining(): boolean {
    return this.#isTryingToDrain || workflowInfo().historyLength >= (this.#run.drainAtEvents ?? MUST_DRAIN_AT_EVENTS);
  }

  #prepared(): RolloutProgress {
    if (this.#progress === undefined) throw new Error('the rollout is used before it is prepared');
    return this.#progress;
  }

  /** Activities are tried without end, so what fails here is a bug or a cancellation: it ends the run. */
  #background(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }
}

/** Not retried by the client: the answer would be the same. */
const toFailure = ({ code, message }: Refusal): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message, nonRetryable: true });

function toEvent(message: Exclude<RolloutMessage, { verb: 'retry' | 'skip' }>, atMs: number): RolloutEvent {
  const { by } = message;
  switch (message.verb) {
    case 'pause':
      return { kind: 'Paused', by, reason: message.reason, pauseSeq: message.pauseSeq, atMs };
    case 'resume':
      return { kind: 'Resumed', by, atMs };
    case 'promote':
      return { kind: 'Promoted', by, atMs };
    case 'overrideFreeze':
      return { kind: 'FreezeOverridden', by, atMs };
    case 'approve':
      return { kind: 'Approved', by, ...(message.group === undefined ? {} : { group: message.group }), atMs };
    case 'revert': {
      const { reason, targets, group, skipChecks, pauseSeq } = message;
      const scope = {
        ...(targets === undefined ? {} : { targets }),
        ...(group === undefined ? {} : { group }),
        ...(skipChecks === undefined ? {} : { skipChecks }),
      };
      return { kind: 'RevertRequested', by, reason, pauseSeq, scope, atMs };
    }
    case 'abort':
      return { kind: 'Aborted', by, reason: message.reason, atMs };
    case 'setLimits': {
      const { group, parallel, perHost, maxFailures, bakeMs } = message;
      return {
        kind: 'LimitsSet',
        group,
        ...(parallel === undefined ? {} : { parallel }),
        ...(perHost === undefined ? {} : { perHost }),
        ...(maxFailures === undefined ? {} : { maxFailures }),
        ...(bakeMs === undefined ? {} : { bakeMs }),
        atMs,
      };
    }
  }
}
