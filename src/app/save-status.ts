import type { RolloutStatus } from '../rollout/types.ts';
import type { Clock } from '../shared/clock.ts';
import type { EventSink } from '../shared/events.ts';
import type { SpanSink } from '../shared/spans.ts';
import { isFinal } from '../shared/states.ts';
import type { GroupRow, RolloutRow, Store } from '../store/types.ts';
import { nextCommand } from './next-command.ts';
import { quarantineRepeaters } from './quarantine-repeaters.ts';
import { rolloutTimes } from './rollout-times.ts';
import type { AppSettings } from './settings.ts';
import type { TargetResolver } from './target-resolver.ts';
import { lifeBegan, spanOf, traceStatus } from './traces/trace-rollout.ts';

export interface StatusDeps {
  readonly store: Store;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly traces?: SpanSink | undefined;
}

/** Writes what people see of a rollout, and says what changed. An older run's status is dropped. */
export async function saveStatus(
  deps: StatusDeps,
  rolloutId: string,
  epoch: number,
  status: RolloutStatus,
): Promise<void> {
  const { store, events, clock } = deps;
  const [before, groups] = await Promise.all([store.getRollout(rolloutId), store.groups(rolloutId)]);
  const verb = status.nextVerbs[0];
  const next = verb === undefined || isOver(status) ? null : nextCommand(rolloutId, verb);
  const { state, cause } = status;
  const nowMs = clock.nowMs();
  const saved = await store.saveStatus(rolloutId, epoch, { state, cause, next, groups: status.groups }, nowMs);
  if (!saved && (await store.gate(rolloutId))?.epoch !== epoch) {
    events.emit({ kind: 'WriteFenced', rolloutId, epoch, what: 'status' });
  }
  if (!saved || before === undefined) return;
  await traceChange(deps, before, groups, status, nowMs);
  const { project, env } = before;
  for (const group of status.groups) {
    const from = groups.find(({ name }) => name === group.name)?.state;
    if (from === undefined || from === group.state) continue;
    events.emit({
      kind: 'GroupStateChanged',
      rolloutId,
      group: group.name,
      from,
      to: group.state,
      ...spanOf(before, group.name),
    });
  }
  if (before.state === state) return;
  const why = cause === null ? {} : { cause };
  const span = spanOf(before);
  events.emit({ kind: 'RolloutStateChanged', rolloutId, project, env, from: before.state, to: state, ...why, ...span });
  if (!isFinal(state)) return;
  const times = rolloutTimes(before.createdAtMs, await store.stateChanges(rolloutId));
  events.emit({ kind: 'RolloutEnded', rolloutId, project, env, outcome: state, ...times, ...span });
}

/** What it costs is paid where something ends, and where traces are on. A span that cannot be made is lost, as one that cannot be exported. */
async function traceChange(
  { store, traces }: StatusDeps,
  before: RolloutRow,
  groups: readonly GroupRow[],
  status: RolloutStatus,
  nowMs: number,
): Promise<void> {
  if (traces === undefined || before.trace === null) return;
  const { state, cause } = status;
  await traceStatus(traces, {
    before,
    to: state,
    cause,
    groups: groups.flatMap((row) => {
      const now = status.groups.find(({ name }) => name === row.name);
      return now === undefined ? [] : [{ row, to: now.state }];
    }),
    nowMs,
    beganMs: async () => {
      const changes = (await store.stateChanges(before.id)).filter(({ atMs, to }) => atMs < nowMs || to !== state);
      return lifeBegan(before, changes, groups);
    },
    counts: () => store.totals(before.id),
  }).catch(() => undefined);
}

/** Only a failed rollout can be taken up again; the other ends have nothing next. */
const isOver = ({ state }: RolloutStatus): boolean => isFinal(state) && state !== 'failed';

/** The end: nothing starts any more, then the state is final, then the URLs leave the memory. Doing it twice changes nothing. */
export async function finishRollout(
  deps: StatusDeps & {
    readonly resolver: TargetResolver;
    readonly settings: Pick<AppSettings, 'quarantineAfter'>;
  },
  rolloutId: string,
  epoch: number,
  status: RolloutStatus,
): Promise<void> {
  const gate = await deps.store.gate(rolloutId);
  if (gate?.epoch === epoch) {
    const options = { reason: status.state, by: 'flotilla', operator: false, terminal: status.state === 'aborted' };
    await deps.store.closeGate(rolloutId, options, null, deps.clock.nowMs());
    const rollout = await deps.store.getRollout(rolloutId);
    // Before the end is seen: the next rollout may begin at once.
    if (rollout !== undefined) await quarantineRepeaters(deps, rollout, deps.settings.quarantineAfter);
  }
  await saveStatus(deps, rolloutId, epoch, status);
  deps.resolver.forget(rolloutId);
}
