import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assignGroups } from '../rollout/assign-groups.ts';
import { AppError } from '../shared/errors.ts';
import type { FrozenTarget, NewRollout } from '../store/types.ts';
import type { Fleet, FleetTarget } from './evaluate-project.ts';

export type FrozenGroup = NewRollout['groups'][number];

/** A fleet cut into its groups. */
export interface FrozenFleet {
  /** In running order. */
  readonly groups: readonly FrozenGroup[];
  /** Group after group, each in its own order. */
  readonly order: readonly { readonly group: string; readonly member: FleetTarget }[];
}

/**
 * Cuts a fleet into groups by the deployment, or by the default strategy where the env names none.
 * @param salt who is a canary is chosen by it: the same for the same fleet, after every restart
 * @throws AppError TARGET_UNMATCHED, DEPLOYMENT_INVALID
 */
export function freezeFleet(fleet: Fleet, salt: string): FrozenFleet {
  const targets = fleet.targets.map(({ target }) => ({
    id: target.id,
    dialect: target.url.dialect,
    host: target.url.host,
    matches: target.matches,
    orderKeys: target.orderKeys,
  }));
  const assigned = assignGroups({ targets, groups: fleet.project.deployment?.groups, salt });
  if (assigned.kind === 'refused') throw new AppError(assigned.code, assigned.message);
  return {
    groups: assigned.groups.map(({ targets: members, ...group }, index) => ({ ...group, index, size: members.length })),
    order: assigned.groups.flatMap(({ name, targets: members }) =>
      members.flatMap((i) => {
        const member = fleet.targets[i];
        return member === undefined ? [] : [{ group: name, member }];
      }),
    ),
  };
}

/**
 * The targets as the store keeps them: no secret in them.
 * @param quarantined those that are left out, with the reason
 * @param standing where they stand, as far as it is known
 */
export function* frozenTargets(
  frozen: FrozenFleet,
  quarantined: ReadonlyMap<string, string>,
  standing: ReadonlyMap<string, string> = new Map(),
): Generator<FrozenTarget> {
  for (const { group, member } of frozen.order) {
    const { id, url, labels } = member.target;
    const reason = quarantined.get(id);
    const left = reason === undefined ? {} : { quarantined: reason };
    const version = standing.get(id);
    const stands = version === undefined ? {} : { version };
    yield { ...stands, id, group, host: url.host, dialect: url.dialect, redactedUrl: url.redacted, labels, ...left };
  }
}

/** Targets hashed between two turns of the event loop. */
const CHUNK = 5_000;

/** Stands for who gets the change, in which order and group: what an approval is given for. */
export async function digestTargets(frozen: FrozenFleet, quarantined: ReadonlyMap<string, string>): Promise<string> {
  const hash = createHash('sha256');
  let n = 0;
  for (const { group, id, redactedUrl, quarantined: reason } of frozenTargets(frozen, quarantined)) {
    const left = reason === undefined ? [] : ['quarantined'];
    hash.update(`${JSON.stringify([group, id, redactedUrl, ...left])}\n`);
    n += 1;
    if (n % CHUNK === 0) await nextTurn();
  }
  return `sha256:${hash.digest('hex')}`;
}
