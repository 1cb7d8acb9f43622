import type { RolloutStatus } from '../rollout/types.ts';
import type { Clock } from '../shared/clock.ts';
import type { EventSink } from '../shared/events.ts';
import { isFinal } from '../shared/states.ts';
import type { Store } from '../store/types.ts';
import { nextCommand } from './next-command.ts';
import { quarantineRepeaters } from './quarantine-repeaters.ts';
import { rolloutTimes } from './rollout-times.ts';
import type { AppSettings } from './settings.ts';
import type { TargetResolver } from './target-resolver.ts';

export interface StatusDeps {
  readonly store: Store;
  readonly events: EventSink;
  readonly clock: Clock;
}

/** Writes what people see of a rollout, and says what changed. An older run's status is dropped. */
export async function saveStatus(
  { store, events, clock }: StatusDeps,
  rolloutId: string,
  epoch: number,
  status: RolloutStatus,
): Promise<void> {
  const [before, groups] = await Promise.all([store.getRollout(rolloutId), store.groups(rolloutId)]);
  const verb = status.nextVerbs[0];
  const next = verb === undefined || isOver(status) ? null : nextCommand(rolloutId, verb);
  const { state, cause } = status;
  const saved = await store.saveStatus(rolloutId, epoch, { state, cause, next, groups: status.groups }, clock.nowMs());
  if (!saved && (await store.gate(rolloutId))?.epoch !== epoch) {
    events.emit({ kind: 'WriteFenced', rolloutId, epoch, what: 'status' });
  }
  if (!saved || before === undefined) return;
  const { project, env } = before;
  for (const group of status.groups) {
    const from = groups.find(({ name }) => name === group.name)?.state;
    if (from === undefined || from === group.state) continue;
    events.emit({ kind: 'GroupStateChanged', rolloutId, group: group.name, from, to: group.state });
  }
  if (before.state === state) return;
  const why = cause === null ? {} : { cause };
  events.emit({ kind: 'RolloutStateChanged', rolloutId, project, env, from: before.state, to: state, ...why });
  if (!isFinal(state)) return;
  const times = rolloutTimes(before.createdAtMs, await store.stateChanges(rolloutId));
  events.emit({ kind: 'RolloutEnded', rolloutId, project, env, outcome: state, ...times });
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
