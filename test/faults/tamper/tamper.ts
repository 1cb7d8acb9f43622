import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventCheckView } from '../../../src/shared/wire.ts';
import { type Daemon, startDaemon } from '../../integration/fleet/daemon.ts';
import { makeFleet } from '../../integration/fleet/fleet.ts';
import { readAuditTrail } from '../rig/audit-trail.ts';
import { type Random, seededRandom } from '../rig/random.ts';
import type { Scenario } from '../rig/scenario.ts';
import { eachSchedule } from '../rig/schedules.ts';

const GROUPS = `
  group "all" {
    parallel = 2
  }`;

/** One event of the audit trail is changed in the store's file; the daemon's check has to name it. */
export const tamper: Scenario = {
  name: 'tamper',
  covers: ['F20'],
  shows: 'an event of the audit trail edited, removed or added in the store: the check names it',
  schedules: { quick: 60, long: 2_000 },
  async run(seed, options) {
    const tally = { 'events changed': 0, 'named by the check': 0 };
    const fleet = await makeFleet('sqlite', { tiers: { all: 12 }, groups: GROUPS });
    const daemon = await startDaemon({ shop: fleet });
    const database = new DatabaseSync(path.join(daemon.stateDir, 'flotilla.db'), { timeout: 5_000 });
    try {
      const id = await daemon.start('shop');
      await daemon.reach(id, 'succeeded');
      const whole = await check(daemon, id);
      if (!whole.intact) options.fail(seed, `the trail is not whole before it is touched: ${JSON.stringify(whole)}`);
      const said = await daemon.cli('rollout', 'events', id, '--verify');
      if (said.code !== 0 || !said.stdout.includes(whole.head))
        options.fail(seed, `--verify of a whole trail: ${said.stderr}`);
      await eachSchedule(seed, { ...options, say: () => undefined }, async (one) => {
        const random = seededRandom(one);
        const { events } = readAuditTrail(daemon.stateDir, id);
        const { what, seq } = change(database, id, events, random);
        const found = await check(daemon, id);
        const isNamed = !found.intact && found.firstBroken === seq;
        const wrongs = isNamed ? [] : [`${what}: the check says ${JSON.stringify(found)}`];
        if (one === seed) wrongs.push(...(await byCommand(daemon, id, seq)));
        restore(database, id, events);
        tally['events changed'] += 1;
        tally['named by the check'] += isNamed ? 1 : 0;
        return { wrongs, said: what };
      });
    } finally {
      database.close();
      await daemon.stop();
      await fleet.stop();
    }
    return tally;
  },
};

type Events = ReturnType<typeof readAuditTrail>['events'];

const check = async (daemon: Daemon, id: string): Promise<EventCheckView> =>
  (await daemon.ask<EventCheckView>(`/api/v1/rollouts/${id}/events/check`)).body;

async function byCommand(daemon: Daemon, id: string, seq: number): Promise<readonly string[]> {
  const said = await daemon.cli('rollout', 'events', id, '--verify');
  const isTold = said.code === 1 && said.stderr.includes(`event ${seq} `) && said.stderr.includes('AUDIT_BROKEN');
  return isTold ? [] : [`--verify ended with ${said.code}: ${said.stdout}${said.stderr}`];
}

/** What somebody with the file in hands may do. Gives the first event that is not as it was. */
function change(database: DatabaseSync, id: string, events: Events, random: Random): { what: string; seq: number } {
  const at = random.int(0, events.length - 1);
  const event = events[at];
  if (event === undefined) throw new Error('the rollout has no events');
  const { seq } = event;
  const where = `WHERE rollout_id = '${id}' AND seq = ${seq}`;
  const set = (assignment: string): { what: string; seq: number } => {
    database.exec(`UPDATE events SET ${assignment} ${where}`);
    return { what: `event ${seq}: ${assignment}`, seq };
  };
  switch (random.pick(['actor', 'reason', 'at', 'kind', 'data', 'hash', 'removed', 'added'])) {
    case 'actor':
      return set("actor = actor || '2'");
    case 'reason':
      return set("reason = coalesce(reason, '') || 'it was wanted'");
    case 'at':
      return set(`at = at + ${random.int(1, 1_000_000)}`);
    case 'kind':
      return set("kind = 'Approved2'");
    case 'data':
      return set("data = json_set(data, '$.applied', 99)");
    case 'hash':
      return set("hash = '00' || substr(hash, 3)");
    case 'removed':
      database.exec(`DELETE FROM events ${where}`);
      return { what: `event ${seq} removed`, seq };
    default:
      // Between two of them: those behind it get the next numbers.
      for (const { seq: later } of events.slice(at).toReversed())
        database.exec(`UPDATE events SET seq = seq + 1 WHERE rollout_id = '${id}' AND seq = ${later}`);
      database.exec(
        `INSERT INTO events (rollout_id, seq, at, kind, actor, reason, data, hash) SELECT rollout_id, ${seq}, at, kind, 'eve', reason, data, hash FROM events WHERE rollout_id = '${id}' AND seq = ${seq + 1}`,
      );
      return { what: `an event added as ${seq}`, seq };
  }
}

function restore(database: DatabaseSync, id: string, events: Events): void {
  database.exec('BEGIN IMMEDIATE');
  database.prepare('DELETE FROM events WHERE rollout_id = ?').run(id);
  const insert = database.prepare(
    'INSERT INTO events (rollout_id, seq, at, kind, actor, reason, data, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  for (const { rollout_id, seq, at, kind, actor, reason, data, hash } of events)
    insert.run(rollout_id, seq, at, kind, actor, reason, data, hash);
  database.exec('COMMIT');
}
