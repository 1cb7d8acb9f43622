import { FAULT_POINTS, type FaultPoint } from '../../../src/shared/fault-points.ts';
import type { FleetKind } from '../../integration/fleet/fleet.ts';
import { seededRandom } from '../rig/random.ts';
import type { Layout } from './site.ts';

type KillAt = `${FaultPoint}:${number}`;

export interface Kill {
  /** After the step before, or the start of the rollout. */
  readonly afterMs: number;
  readonly part: string;
  /** So long it stays away. Other kills may come meanwhile. */
  readonly downMs: number;
  /** Started again, its engine ends itself there. */
  readonly killAt?: KillAt;
}

export interface KillSchedule {
  readonly seed: number;
  readonly kind: FleetKind;
  readonly layout: Layout;
  /** Where the engine ends itself the first time. */
  readonly killAt?: { readonly part: string; readonly at: KillAt };
  readonly kills: readonly Kill[];
}

/** Deferred targets are tried four times again, 15 s in all: a database that goes away more often has a person's attention. */
const MAX_DATABASE_KILLS = 2;
const PARTS: Readonly<Record<Layout, readonly [string, ...string[]]>> = {
  one: ['daemon', 'daemon', 'temporal', 'database'],
  split: ['api', 'orchestrator', 'engine-1', 'engine-2', 'engine-1', 'engine-2', 'temporal', 'store', 'database'],
};
/** The points that the engine reaches on each kind; SQLite has none, its file and row are one commit. */
const POINTS: Readonly<Record<FleetKind, readonly FaultPoint[]>> = {
  schemas: [],
  databases: FAULT_POINTS.filter((point) => point !== 'transaction-open'),
  mariadb: FAULT_POINTS,
  sqlite: [],
};

/** What a seed stands for. */
export function planKills(seed: number): KillSchedule {
  const random = seededRandom(seed);
  const kind = random.pick<FleetKind>(['schemas', 'databases', 'databases', 'mariadb', 'mariadb', 'sqlite']);
  const layout = random.pick<Layout>(['one', 'one', 'split']);
  const points = POINTS[kind];
  const killAt = (): KillAt | undefined => {
    const [first, ...others] = points;
    if (first === undefined || !random.chance(0.6)) return undefined;
    return `${random.pick([first, ...others])}:${random.int(1, 5)}`;
  };
  const enginePart = layout === 'one' ? 'daemon' : random.pick(['engine-1', 'engine-2']);
  const first = killAt();
  const kills: Kill[] = [];
  const count = random.int(1, 4);
  while (kills.length < count) {
    const part = random.pick(PARTS[layout]);
    const isTooMany = kills.filter((kill) => kill.part === 'database').length >= MAX_DATABASE_KILLS;
    if (part === 'database' && (kind === 'sqlite' || isTooMany)) continue;
    const at = part.startsWith('engine') || part === 'daemon' ? killAt() : undefined;
    kills.push({
      afterMs: random.int(0, 1_200),
      part,
      downMs: random.int(0, 1_000),
      ...(at === undefined ? {} : { killAt: at }),
    });
  }
  return { seed, kind, layout, kills, ...(first === undefined ? {} : { killAt: { part: enginePart, at: first } }) };
}
