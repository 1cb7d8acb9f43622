import type { HostLoad } from '../rollout/types.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import type { EventSink } from '../shared/events.ts';
import type { RolloutRow, Store } from '../store/types.ts';
import type { FleetTarget } from './evaluate-project.ts';
import { joinedLimits } from './joined-group.ts';
import { quarantinedOf } from './quarantine-targets.ts';
import type { TargetResolver } from './target-resolver.ts';

export interface JoinersDeps {
  readonly store: Store;
  readonly resolver: TargetResolver;
  readonly events: EventSink;
  readonly clock: Clock;
}

export interface JoinersInput {
  readonly rolloutId: string;
  readonly epoch: number;
  readonly lookId: string;
  /** They are pending from now on; otherwise they are counted and left for the next rollout. */
  readonly take: boolean;
}

/**
 * Evaluates the env once more, from the rollout's snapshot, and adds the targets that the rollout does not know to its group `joined`.
 * Idempotent by look id. What was taken comes back, by host.
 * @param mayGiveUp an env that cannot be evaluated is said in the audit trail, and nothing joins; else the error is thrown, to try again
 * @throws AppError where the env cannot be evaluated or the store fails
 */
export async function findJoiners(
  deps: JoinersDeps,
  input: JoinersInput,
  mayGiveUp: boolean,
): Promise<{ readonly hosts: readonly HostLoad[] }> {
  const { store, clock } = deps;
  const rollout = await store.getRollout(input.rolloutId);
  if (rollout === undefined) throw new Error(`rollout ${input.rolloutId} is not in the store`);
  const fleet = await evaluate(deps, rollout, mayGiveUp);
  if (fleet.length === 0) return NONE;
  const [groups, quarantined] = await Promise.all([store.groups(rollout.id), quarantinedOf(store, rollout)]);
  // Whoever was dropped and is back under its old id is left out all the same.
  const welcome = fleet.filter(({ target }) => !quarantined.has(target.id));
  const limits = joinedLimits(groups);
  const command = { id: `${input.lookId}-${input.epoch}`, epoch: input.epoch, take: input.take };
  const event = { kind: 'TargetsJoined', actor: 'flotilla', data: {} };
  const joined = await store.joinTargets(rollout.id, command, limits, welcome.map(freeze), event, clock.nowMs());
  const count = joined.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return NONE;
  const { id: rolloutId, project, env } = rollout;
  deps.events.emit({ kind: 'TargetsJoined', rolloutId, project, env, count, taken: input.take });
  return input.take ? { hosts: joined.map(({ host, count: pending }) => ({ host, pending })) } : NONE;
}

const NONE = { hosts: [] };

const freeze = ({ target: { id, url, labels } }: FleetTarget) => ({
  id,
  host: url.host,
  dialect: url.dialect,
  redactedUrl: url.redacted,
  labels,
});

async function evaluate(
  { resolver, store, clock }: JoinersDeps,
  rollout: RolloutRow,
  mayGiveUp: boolean,
): Promise<readonly FleetTarget[]> {
  try {
    return await resolver.targetsNow(rollout);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'ENV_WITHOUT_TARGETS') return [];
    if (!mayGiveUp) throw error;
    const data = { code: error.code, message: error.message };
    await store.appendEvent(rollout.id, { kind: 'JoinersUnknown', actor: 'flotilla', data }, clock.nowMs());
    return [];
  }
}
