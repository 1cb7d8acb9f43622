import { describe, expect, it } from 'vitest';
import type { EventView, Page, TargetView } from '../../../src/shared/wire.ts';
import { noteFigures } from '../../support/note-figures.ts';
import { CONTROL_LISTING, type ControlDatabase, controlDatabase } from '../fleet/control-database.ts';
import { type Daemon, type Rollout, startDaemon } from '../fleet/daemon.ts';
import { type Fleet, makeFleet } from '../fleet/fleet.ts';
import { type Census, findWrongsOf, takeCensus } from '../fleet/oracle.ts';
import type { Tenant } from '../fleet/tenants.ts';

const GROUPS = `
  joiners = TAIL
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel     = 6
    max_failures = 20
  }`;
const TICK_MS = 100;

/** Ten times a second a tenant appears, and another one is dropped with all that is in it, wherever the rollout stands with it. */
class Churn {
  readonly dropped = new Set<string>();
  readonly #fleet: Fleet;
  readonly #control: ControlDatabase;
  readonly #waiting: Tenant[];
  readonly #alive: Tenant[];
  #stopped = false;
  #ended: Promise<void> | undefined;

  constructor(fleet: Fleet, control: ControlDatabase) {
    this.#fleet = fleet;
    this.#control = control;
    this.#waiting = [...fleet.of('later')];
    this.#alive = [...fleet.of('first')];
  }

  get appeared(): number {
    return this.#fleet.of('later').length - this.#waiting.length;
  }

  start(): void {
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    for (let i = 0; !this.#stopped && this.#waiting.length > 0; i++) {
      const tick = new Promise((resolve) => setTimeout(resolve, TICK_MS));
      await this.#join();
      await this.#drop(i);
      await tick;
    }
  }

  async #join(): Promise<void> {
    const tenant = this.#waiting.shift();
    if (tenant === undefined) return;
    await this.#control.add(tenant);
    this.#alive.push(tenant);
  }

  /** Now from those that the rollout reaches last, now from those that it has just had, now from anywhere. */
  async #drop(i: number): Promise<void> {
    const at = [this.#alive.length - 1, 0, (i * 7919) % this.#alive.length][i % 3] ?? 0;
    const [tenant] = this.#alive.splice(at, 1);
    if (tenant === undefined) return;
    this.dropped.add(tenant.name);
    await this.#control.remove(tenant);
    await this.#fleet.backend.drop(tenant);
  }
}

async function listTargets(daemon: Daemon, id: string): Promise<readonly TargetView[]> {
  const { body } = await daemon.ask<Page<TargetView>>(`/api/v1/rollouts/${id}/targets?limit=1000`);
  expect(body.nextCursor).toBeUndefined();
  return body.items;
}

const countBy = (items: readonly TargetView[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { state } of items) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

/** Sums of a metric by the value of one label. */
function metricBy(text: string, name: string, label: string): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [, labels = '', value] of text.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\S+)$`, 'gm'))) {
    const key = new RegExp(`${label}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (Number(value) > 0) sums[key] = (sums[key] ?? 0) + Number(value);
  }
  return sums;
}

/**
 * Everything that the daemon says of the rollout, against the databases. Nothing may be in flight: the rollout is paused or over; the fleet
 * goes on changing.
 */
async function expectTruth(daemon: Daemon, id: string, fleet: Fleet, before: Census, churn: Churn): Promise<Rollout> {
  const rollout = await daemon.rollout(id);
  const targets = await listTargets(daemon, id);
  const { text } = await daemon.ask('/metrics');
  expect(countBy(targets)).toEqual(rollout.counts);
  expect(rollout.counts).not.toHaveProperty('failed');
  expect(rollout.counts).not.toHaveProperty('running');
  const groups = rollout.groups.reduce((sum, { size }) => sum + size, 0);
  expect([rollout.targets, groups]).toEqual([targets.length, targets.length]);
  expect(rollout.joined ?? 0).toBe(targets.filter(({ group }) => group === 'joined').length);
  const isOver = rollout.state === 'succeeded';
  if (!isOver) expect(metricBy(text, 'flotilla_rollout_tenants', 'state')).toEqual(rollout.counts);
  const { applied, gone = 0 } = rollout.counts;
  const results = metricBy(text, 'flotilla_tenant_migrations_total', 'result');
  expect([results.applied, results.gone ?? 0, results.failed ?? 0]).toEqual([applied, gone, 0]);
  expect(metricBy(text, 'flotilla_targets_joined_total', 'taken').true ?? 0).toBe(rollout.joined ?? 0);

  const events = await readEvents(daemon, id);
  const sum = (kind: string, field: string): number =>
    events.filter((event) => event.kind === kind).reduce((n, { data }) => n + Number(data[field] ?? 0), 0);
  expect([sum('SliceFinished', 'applied'), sum('SliceFinished', 'gone'), sum('SliceFinished', 'failed')]).toEqual([
    applied,
    gone,
    0,
  ]);
  expect(sum('TargetsJoined', 'joined')).toBe(rollout.joined ?? 0);

  // Those that the rollout does not know, or has not reached, are as they were; those that are dropped now cannot be asked.
  const states = new Map(targets.map((target) => [target.id, target.state]));
  const wrongs: string[] = [];
  for (const tenant of fleet.tenants) {
    const state = states.get(tenant.name);
    if (state === 'gone' && !churn.dropped.has(tenant.name)) wrongs.push(`${tenant.name}: gone, but it is there`);
    const verdict = state === 'applied' ? 'applied' : 'untouched';
    const found = await findWrongsOf(fleet, before, tenant, verdict).catch((error: unknown) => [String(error)]);
    if (!churn.dropped.has(tenant.name)) wrongs.push(...found);
  }
  expect(wrongs).toEqual([]);
  return rollout;
}

async function readEvents(daemon: Daemon, id: string): Promise<readonly EventView[]> {
  const all: EventView[] = [];
  for (;;) {
    const { body } = await daemon.ask<Page<EventView>>(
      `/api/v1/rollouts/${id}/events?after=${all.at(-1)?.seq ?? 0}&limit=500`,
    );
    if (body.items.length === 0) return all;
    all.push(...body.items);
  }
}

describe.each([
  ['databases', 40],
  ['mariadb', 40],
] as const)('tenants of %s that come and go ten times a second', (kind, later) => {
  it('are all found, and none has failed for being gone; what is told is true at every stop', async () => {
    const tiers = { canary: 2, first: 46, later };
    const fleet = await makeFleet(kind, { tiers, groups: GROUPS, slowS: 0.3, listing: CONTROL_LISTING });
    const control = await controlDatabase(fleet);
    const daemon = await startDaemon({ shop: fleet }, control.env);
    const churn = new Churn(fleet, control);
    try {
      await control.add(...fleet.of('canary'), ...fleet.of('first'));
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      churn.start();
      for (const applied of [8, 24]) {
        await daemon.until(id, `at ${applied} tenants`, ({ counts }) => (counts.applied ?? 0) >= applied);
        await daemon.tell('pause', id);
        await daemon.reach(id, 'paused');
        await expectTruth(daemon, id, fleet, before, churn);
        await daemon.tell('resume', id);
      }
      // Some of those who came last are left before their turn in the last group.
      const areJoinersAtWork = ({ groups }: Rollout): boolean =>
        groups.some(({ name, counts }) => name === 'joined' && (counts.applied ?? 0) > 0);
      await daemon.until(id, 'at those who joined', areJoinersAtWork);
      await churn.stop();
      expect(churn.appeared).toBeGreaterThan(10);
      expect(churn.dropped.size).toBeGreaterThan(10);
      const end = await daemon.reach(id, 'succeeded').then(() => expectTruth(daemon, id, fleet, before, churn));
      expect(Object.keys(end.counts).toSorted()).toEqual(['applied', 'gone']);
      // Nobody was missed: whoever is in the env has it, or came after the last look.
      const known = new Map((await listTargets(daemon, id)).map((target) => [target.id, target.state]));
      const missed = [...(await control.names())].filter((name) => known.get(name) !== 'applied');
      noteFigures({
        appeared: churn.appeared,
        dropped: churn.dropped.size,
        missed: missed.length,
        'failed for being gone': end.counts.failed ?? 0,
      });
      expect(missed).toEqual([]);
    } finally {
      await churn.stop();
      await daemon.stop();
      await control.stop();
      await fleet.stop();
    }
  });
});
