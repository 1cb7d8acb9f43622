import type { Clock } from '../shared/clock.ts';
import type { MovedTargets, Store } from '../store/types.ts';

interface MoveDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** failed → pending. Idempotent by command id; the store's event is the audit entry. */
export const reopenTargets = (
  { store, clock }: MoveDeps,
  rolloutId: string,
  command: {
    readonly commandId: string;
    readonly actor: string;
    readonly targets?: readonly string[];
    readonly group?: string;
  },
): Promise<readonly MovedTargets[]> => {
  const { commandId, actor, targets, group } = command;
  const scope = { ...(targets === undefined ? {} : { targets }), ...(group === undefined ? {} : { group }) };
  const event = { kind: 'TargetsRetried', actor, data: shortScope(scope) };
  return store.reopenTargets(rolloutId, commandId, scope, event, clock.nowMs());
};

/** failed, pending or deferred → skipped. Idempotent by command id. */
export const skipTargets = (
  { store, clock }: MoveDeps,
  rolloutId: string,
  command: {
    readonly commandId: string;
    readonly actor: string;
    readonly targets: readonly string[];
    readonly reason: string;
  },
): Promise<readonly MovedTargets[]> => {
  const { commandId, actor, targets, reason } = command;
  const event = { kind: 'TargetsSkipped', actor, reason, data: shortScope({ targets }) };
  return store.skipTargets(rolloutId, commandId, targets, reason, event, clock.nowMs());
};

/** The first ten names: an event is a line, not a list of the fleet. */
export const shortScope = ({
  targets,
  group,
  skipChecks,
}: {
  readonly targets?: readonly string[];
  readonly group?: string;
  readonly skipChecks?: boolean;
}) => ({
  ...(targets === undefined ? {} : { targets: targets.slice(0, 10), named: targets.length }),
  ...(group === undefined ? {} : { group }),
  ...(skipChecks === true ? { skipChecks } : {}),
});
