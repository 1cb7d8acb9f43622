import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { noteFigures } from '../../support/note-figures.ts';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { type Daemon, type Rollout, startDaemon } from '../fleet/daemon.ts';
import { type Fleet, type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';
import type { Tenant } from '../fleet/tenants.ts';

/** As many as may be in flight within the budget: what is cancelled must not count against it, or nothing could go on. */
const GROUPS = `
  group "all" {
    parallel     = 4
    max_failures = 3
  }`;
const TENANTS = 4;
/** Much longer than a cancelled statement may go on. */
const STATEMENT_S = 30;

/** The first statement of the newest version takes long in each tenant, until the trigger is taken away. */
const SLOW: Readonly<Record<'databases' | 'mariadb', { readonly make: readonly string[]; readonly drop: string[] }>> = {
  databases: {
    make: [
      `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(${STATEMENT_S}); RETURN NEW; END $$`,
      'CREATE TRIGGER slow BEFORE INSERT ON marks FOR EACH ROW EXECUTE FUNCTION slow()',
    ],
    drop: ['DROP TRIGGER slow ON marks', 'DROP FUNCTION slow()'],
  },
  mariadb: {
    make: [`CREATE TRIGGER slow BEFORE INSERT ON marks FOR EACH ROW DO SLEEP(${STATEMENT_S})`],
    drop: ['DROP TRIGGER slow'],
  },
};

const areInFlight =
  (statement: string) =>
  ({ inFlight }: Rollout): boolean =>
    inFlight.length === TENANTS &&
    inFlight.every((one) => 'statement' in one && String(one.statement).includes(statement));

/** Pauses with `--now`; what is in flight is given up, and pending. Gives the milliseconds until the command said so. */
async function pauseNow(daemon: Daemon, id: string): Promise<number> {
  const beganMs = performance.now();
  const said = await daemon.cli('rollout', 'pause', id, '--now', '--reason', 'stop it');
  const ms = performance.now() - beganMs;
  expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is in flight any more') });
  const paused = await daemon.rollout(id);
  expect(paused).toMatchObject({ state: 'paused', counts: { pending: TENANTS }, causes: [], inFlight: [] });
  expect(paused.cause).toContain('stop it');
  const trail = (await daemon.cli('rollout', 'events', id)).stdout;
  expect(trail).toMatch(/ PauseRequested now=true .*reason="stop it"/);
  expect(trail).toMatch(/ SliceFinished .*cancelled=\d/);
  expect(trail).toContain(' InFlightEnded ');
  return ms;
}

const onEach = async (fleet: Fleet, statements: readonly string[]): Promise<void> => {
  for (const tenant of fleet.tenants) await fleet.backend.run(tenant, statements);
};

const CASES = [
  ['databases', postgresServer],
  ['mariadb', mariadbServer],
] as const satisfies readonly (readonly [kind: FleetKind, server: () => Promise<unknown>])[];

describe.each(CASES)('pause --now of a rollout over %s', async (kind, server) => {
  const reason = await skipReason(server);

  it.skipIf(reason !== undefined)(
    'cancels statements of 30 s at once; the targets are pending, and resume brings each to its end exactly once',
    async () => {
      const fleet = await makeFleet(kind, { tiers: { all: TENANTS }, groups: GROUPS });
      const daemon = await startDaemon({ shop: fleet });
      try {
        await onEach(fleet, SLOW[kind].make);
        const before = await takeCensus(fleet);
        const id = await daemon.start('shop');
        await daemon.until(id, 'in the long statements', areInFlight('INSERT INTO marks'));
        const tookMs = await pauseNow(daemon, id);
        noteFigures({ 'statements cancelled': TENANTS, 'cancelled afterMs': tookMs });
        expect(tookMs).toBeLessThan((STATEMENT_S / 2) * 1_000);
        await onEach(fleet, SLOW[kind].drop);

        await daemon.tell('resume', id);
        expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: TENANTS });
        expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
      } finally {
        await daemon.stop();
        await fleet.stop();
      }
    },
  );
});

/** An old snapshot, which the last step of a CREATE INDEX CONCURRENTLY in the same database waits for. */
async function holdSnapshot(fleet: Fleet, { name }: Tenant): Promise<() => Promise<void>> {
  const url = new URL(fleet.backend.hosts[0] ?? '');
  url.pathname = name;
  const client = new pg.Client({ connectionString: url.toString() });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM owner');
  return () => client.end();
}

async function findInvalid(fleet: Fleet): Promise<readonly string[]> {
  const states = await Promise.all(fleet.tenants.map((tenant) => fleet.backend.read(tenant)));
  return states.flatMap(({ objects }) => objects.filter((one) => one.includes('(invalid)')));
}

describe('pause --now of a CREATE INDEX CONCURRENTLY', async () => {
  const reason = await skipReason(postgresServer);

  it.skipIf(reason !== undefined).each(['resume', 'abort'])(
    'leaves no INVALID index, whatever is said next: %s',
    async (verb) => {
      const fleet = await makeFleet('databases', {
        tiers: { all: TENANTS },
        groups: GROUPS,
        isOutsideTransaction: true,
      });
      const daemon = await startDaemon({ shop: fleet }, { FLOTILLA_LOCK_TIMEOUT: '60s' });
      try {
        const before = await takeCensus(fleet);
        const releases = await Promise.all(fleet.tenants.map((tenant) => holdSnapshot(fleet, tenant)));
        const id = await daemon.start('shop');
        await daemon.until(id, 'in the long statements', areInFlight('CONCURRENTLY'));
        // It waits by now: the index is there, and not valid.
        await expect.poll(() => findInvalid(fleet), { timeout: 20_000 }).toHaveLength(TENANTS);
        const tookMs = await pauseNow(daemon, id);
        expect(tookMs).toBeLessThan((STATEMENT_S / 2) * 1_000);
        // Nobody may come back to them, and what they waited for is still there.
        const left = await findInvalid(fleet);
        noteFigures({ 'builds cancelled': TENANTS, 'INVALID indexes left': left.length, 'cancelled afterMs': tookMs });
        expect(left).toEqual([]);
        for (const release of releases) await release();

        await daemon.tell(verb, id);
        if (verb === 'abort') {
          await daemon.reach(id, 'aborted');
        } else {
          expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: TENANTS });
          expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
        }
        expect(await findInvalid(fleet)).toEqual([]);
      } finally {
        await daemon.stop();
        await fleet.stop();
      }
    },
  );
});
