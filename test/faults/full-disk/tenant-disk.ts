import pg from 'pg';
import { type Daemon, startDaemon } from '../../integration/fleet/daemon.ts';
import { type Fleet, makeFleet } from '../../integration/fleet/fleet.ts';
import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import type { Tenant } from '../../integration/fleet/tenants.ts';
import { unprivilegedUser } from '../../support/child-process.ts';
import { seededRandom } from '../rig/random.ts';
import type { Scenario } from '../rig/scenario.ts';
import { eachSchedule } from '../rig/schedules.ts';
import { tenantPostgres } from '../rig/servers.ts';
import { mountSmallDisk, type SmallDisk } from '../rig/small-disk.ts';

const GROUPS = `
  group "all" {
    parallel = 8
    on_error = CONTINUE
  }`;
const TENANTS = 24;
/** Two more passes, soon: the disk stays full over all of them. */
const RETRIES = { FLOTILLA_RETRY_BACKOFF: '200ms,400ms' };

/** New tables and indexes of some tenants go to a disk that is full; what these have is elsewhere, and so is the server's log. */
export const tenantDisk: Scenario = {
  name: 'tenant-disk',
  covers: ['F5'],
  shows:
    'tenants on a full disk fail as transient and are as they were, all others are done; with room again, a retry ends it',
  schedules: { quick: 1, long: 40 },
  async run(seed, options) {
    const { url } = await tenantPostgres();
    const disk = mountSmallDisk(16, unprivilegedUser(['postgres']));
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const tally = { 'tenants on it': 0, 'failed as transient': 0, 'applied by the retry': 0 };
    try {
      await eachSchedule(seed, options, async (one) => {
        const fleet = await makeFleet('databases', { tiers: { all: TENANTS }, groups: GROUPS });
        const space = await makeTablespace(admin, disk, fleet);
        const daemon = await startDaemon({ shop: fleet }, RETRIES);
        try {
          const outcome = await runOut(fleet, { daemon, disk, admin, space }, one);
          tally['tenants on it'] += outcome.sick;
          tally['failed as transient'] += outcome.failed;
          tally['applied by the retry'] += outcome.retried;
          return outcome;
        } finally {
          disk.makeRoom();
          await daemon.stop();
          // A role that has a right anywhere cannot be dropped.
          await admin.query(`REVOKE ALL ON TABLESPACE ${space} FROM ${roleOf(fleet)}`);
          await fleet.stop();
          await admin.query(`DROP TABLESPACE ${space}`);
        }
      });
    } finally {
      await admin.end();
      disk.unmount();
    }
    return tally;
  },
};

const roleOf = (fleet: Fleet): string => new URL(fleet.backend.hosts[0] ?? '').username;

/** Whoever connects as the fleet's role may make tables in it. */
async function makeTablespace(admin: pg.Client, disk: SmallDisk, fleet: Fleet): Promise<string> {
  const role = roleOf(fleet);
  const space = `${role}_space`;
  await admin.query(`CREATE TABLESPACE ${space} LOCATION '${disk.dir}'`);
  await admin.query(`GRANT CREATE ON TABLESPACE ${space} TO ${role}`);
  return space;
}

async function runOut(
  fleet: Fleet,
  site: { readonly daemon: Daemon; readonly disk: SmallDisk; readonly admin: pg.Client; readonly space: string },
  seed: number,
) {
  const { daemon, disk, admin, space } = site;
  const random = seededRandom(seed);
  const sick = random.shuffle(fleet.tenants).slice(0, random.int(1, 6));
  for (const { name } of sick) await admin.query(`ALTER DATABASE ${name} SET default_tablespace = ${space}`);
  disk.fill();
  const before = await takeCensus(fleet);
  const wrongs: string[] = [];
  const id = await daemon.start('shop');
  const end = await untilOver(daemon, id);
  const { counts, causes } = end;
  if (end.state !== 'failed') wrongs.push(`the rollout is ${end.state}, not failed: ${end.cause ?? ''}`);
  const failed = counts.failed ?? 0;
  if (failed !== sick.length || counts.applied !== TENANTS - sick.length)
    wrongs.push(`${sick.length} tenants are on the full disk: ${JSON.stringify(counts)}`);
  if (causes.length !== 1 || !causes[0]?.message.includes('No space left on device'))
    wrongs.push(`not the one cause in the words of the database: ${JSON.stringify(causes)}`);
  wrongs.push(...(await classesOf(daemon, id)).filter((one) => one !== 'transient').map((one) => `class ${one}`));
  const isSick = new Set(sick.map(({ name }) => name));
  // A sequence counts what was rolled back, too: they are as they were, and were begun.
  const verdict = ({ name }: Tenant) => (isSick.has(name) ? 'reverted' : 'applied');
  wrongs.push(...(await findWrongs(fleet, before, verdict)));

  disk.makeRoom();
  await daemon.tell('retry', id, '--failed');
  const retried = await untilOver(daemon, id, 'failed');
  if (retried.state !== 'succeeded') wrongs.push(`the retry is ${retried.state}: ${JSON.stringify(retried.counts)}`);
  // Where a tenant's tables are is no part of what the migrations say.
  wrongs.push(...(await findWrongs(fleet, before, () => 'applied')).filter((wrong) => !wrong.includes('TABLESPACE')));
  const said = `${failed} of ${sick.length} on the full disk failed`;
  return { wrongs, said, sick: sick.length, failed, retried: (retried.counts.applied ?? 0) - (counts.applied ?? 0) };
}

async function untilOver(daemon: Daemon, id: string, not?: string) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const seen = await daemon.rollout(id);
    const isOver = ['succeeded', 'failed', 'paused', 'aborted'].includes(seen.state) && seen.state !== not;
    if (isOver || Date.now() > deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

async function classesOf(daemon: Daemon, id: string): Promise<readonly string[]> {
  const { body } = await daemon.ask<{ items: { error?: { class: string } }[] }>(
    `/api/v1/rollouts/${id}/targets?state=failed&limit=1000`,
  );
  return body.items.map(({ error }) => error?.class ?? 'none');
}
