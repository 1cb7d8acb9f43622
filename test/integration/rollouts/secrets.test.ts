import fs from 'node:fs';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteFigures } from '../../support/note-figures.ts';
import { mariadbServer, skipReason } from '../../support/servers.ts';
import { type Daemon, startDaemon } from '../fleet/daemon.ts';
import { type Fleet, makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { findSecrets, type Hearing, hearFiles } from '../fleet/hearing.ts';
import { readHistories } from '../fleet/temporal-history.ts';

const GROUPS = canaryThenRest(2);

/** Signs that URLs, JSON and HCL have to escape, and a part that none of them does. */
const PLANTED = {
  'the user info of a Postgres URL': 'a/b+c=d e"Pl4ntedUserInfo1',
  'the query of a Postgres URL': 'a&b?c=d%2"Pl4ntedInQuery2',
  'sslpassword of a Postgres URL': 'Pl4ntedSslPassw0rd3',
  'the user info of a MariaDB URL': 'a:b@c/Pl4ntedInMariaDB4',
  'the user info of a MariaDB socket URL': 'a#b+c Pl4ntedOnSocket5',
  '_auth_pass of a SQLite URL': 'Pl4ntedForSQLite6',
  'a Postgres URL that the server refuses': 'a/b+Pl4ntedWr0ngPassw0rd7',
  'a URL that cannot be parsed': 'Pl4ntedInBr0kenURL8',
  'a URL written into the project file': 'Pl4ntedInTheProject9',
  'a variable of the command line': 'Pl4ntedAsVariable10',
  'the SQL of a hook': 'Pl4ntedInAHook11',
} as const;

const withParameter = (name: string, secret: string) => (url: string) => `${url}&${name}=${encodeURIComponent(secret)}`;

/** The password out of the user info, and into the query. */
const inQuery = (url: string): string => {
  const [, user = '', secret = '', rest = ''] = /^postgres:\/\/([^:]+):([^@]+)@(.*)$/.exec(url) ?? [];
  return `postgres://${user}@${rest}&password=${secret}`;
};

const TIERS = { canary: 1, rest: 3 };

describe('secrets', async () => {
  const noMariadb = await skipReason(mariadbServer);
  const fleets: Record<string, Fleet> = {};
  let daemon: Daemon;
  const heard: (readonly [string, string])[] = [];

  beforeAll(async () => {
    const make = async (name: string, ...args: Parameters<typeof makeFleet>): Promise<void> => {
      fleets[name] = await makeFleet(...args);
    };
    const common = { tiers: TIERS, groups: GROUPS };
    await make('info', 'databases', { ...common, password: PLANTED['the user info of a Postgres URL'] });
    await make('query', 'schemas', {
      ...common,
      password: PLANTED['the query of a Postgres URL'],
      rewriteUrl: inQuery,
    });
    await make('tls', 'schemas', {
      ...common,
      rewriteUrl: withParameter('sslpassword', PLANTED['sslpassword of a Postgres URL']),
    });
    await make('sqlite', 'sqlite', {
      ...common,
      url: '"sqlite://${getenv(each.value.at)}/${each.value.name}.db?_auth_user=tenant&_auth_pass=${getenv("SQLITE_SECRET")}"',
    });
    await make('hooks', 'sqlite', {
      ...common,
      inEnv: `  pre "migrate_apply" {
    exec {
      sql = "UPDATE accounts SET name = '\${getenv("HOOK_PASSWORD")}' WHERE id = 0"
    }
  }`,
    });
    await make('literal', 'sqlite', {
      ...common,
      url: `"sqlite://\${getenv(each.value.at)}/\${each.value.name}.db?_auth_user=tenant&_auth_pass=${PLANTED['a URL written into the project file']}"`,
    });
    const wrong = encodeURIComponent(PLANTED['a Postgres URL that the server refuses']);
    await make('refused', 'databases', {
      ...common,
      rewriteUrl: (url, host) => (host === 0 ? url : url.replace(/:[^:@]+@/, `:${wrong}@`)),
    });
    await make('broken', 'databases', {
      ...common,
      rewriteUrl: () => `postgres://tenant:${PLANTED['a URL that cannot be parsed']}@127.0.0.1:port/`,
    });
    if (noMariadb === undefined) {
      await make('maria', 'mariadb', { ...common, password: PLANTED['the user info of a MariaDB URL'] });
      const socket = await socketOfMariadb();
      await make('socket', 'mariadb', {
        ...common,
        password: PLANTED['the user info of a MariaDB socket URL'],
        rewriteUrl: (url) => url.replace(/^maria:(.*)@.*$/, `maria+unix:$1@${socket}`),
        url: 'urlqueryset(getenv(each.value.at), "database", each.value.name)',
      });
    }
    // Each has a tenant that fails: what databases and drivers say then is written down in many places.
    for (const fleet of Object.values(fleets)) {
      const sick = fleet.of('rest')[1];
      if (sick !== undefined) await fleet.backend.run(sick, ['ALTER TABLE accounts RENAME TO accounts_away']);
    }
    daemon = await startDaemon(fleets, {
      SQLITE_SECRET: PLANTED['_auth_pass of a SQLite URL'],
      HOOK_PASSWORD: PLANTED['the SQL of a hook'],
    });
  });
  afterAll(async () => {
    await daemon?.stop();
    for (const fleet of Object.values(fleets)) await fleet.stop();
  });

  const call = async (...args: readonly string[]) => {
    const said = await daemon.cli(...args);
    heard.push([`flotilla ${args.join(' ')}`, said.stdout + said.stderr]);
    return said;
  };
  const get = async (url: string): Promise<void> => {
    heard.push([`GET ${url}`, (await daemon.ask(url)).text]);
  };

  it('are in no output, log, event, file of the store, temporary file, argument of a process, or history of Temporal', async () => {
    const ids: string[] = [];
    for (const [project, fleet] of Object.entries(fleets)) {
      const variable = `token=${PLANTED['a variable of the command line']}`;
      const where = ['--project', project, '--env', 'prod', '--var', variable];
      await call('rollout', 'plan', ...where);
      const started = await call('rollout', 'start', ...where, '--wait', '--timeout', '60s', '-o', 'json');
      if (project === 'broken') {
        expect([started.code, started.stderr]).toEqual([1, expect.stringMatching(/URL|port/i)]);
        continue;
      }
      const { id, counts } = JSON.parse(started.stdout) as { id: string; counts: Record<string, number> };
      // Whoever has no trouble is migrated: the planted password is the one that opens the door.
      expect([project, counts.applied]).toEqual([project, project === 'refused' ? 2 - sickOnFirstHost(fleet) : 3]);
      ids.push(id);
      await call('rollout', 'get', id);
      await call('targets', 'show', fleet.of('rest')[1]?.name ?? '', '--rollout', id);
      for (const what of ['', '/events', '/targets']) await get(`/api/v1/rollouts/${id}${what}`);
    }
    await call('rollout', 'list', '-o', 'json');
    for (const url of ['/metrics', '/readyz', '/api/v1/rollouts']) await get(url);

    const record = JSON.parse(fs.readFileSync(`${daemon.stateDir}/temporal/server.json`, 'utf8')) as {
      namespace: string;
    };
    const history = await readHistories(daemon.temporalPort, record.namespace);
    const everywhere = (): Hearing => [
      ...heard,
      ['the log of the daemon', daemon.log()],
      ["Temporal's histories", history],
      ...hearFiles(daemon.stateDir, daemon.temporaryDir),
      ...hearArguments(),
    ];
    expect(findSecrets(everywhere(), PLANTED)).toEqual([]);
    await daemon.end();
    const files = hearFiles(daemon.stateDir, daemon.temporaryDir);
    noteFigures({
      'secrets planted': Object.keys(PLANTED).length,
      'places searched': everywhere().length,
      hits: findSecrets(everywhere(), PLANTED).length,
    });
    expect(findSecrets(everywhere(), PLANTED)).toEqual([]);

    // The search sees: what is no secret is found in each kind of place.
    const known = [ids[0] ?? '', fleets.info?.of('rest')[1]?.name ?? ''];
    const places: Hearing = [...heard, ['log', daemon.log()], ['history', history], ...files];
    const seen = places.filter(([, text]) => known.some((one) => text.includes(one))).map(([where]) => where);
    for (const place of [/flotilla targets/, /GET .*events/, /log/, /history/, /flotilla\.db/, /temporal\/.*\.db/])
      expect(
        seen.some((one) => place.test(one)),
        `found in ${place}`,
      ).toBe(true);
  });

  it.each(Object.values(PLANTED))('the search finds each way to write %s down', (secret) => {
    for (const text of [
      `postgres://u:${encodeURIComponent(secret)}@h/`,
      `said ${secret}.`,
      JSON.stringify({ url: secret }),
      `x${Buffer.from(`${secret}!!`).toString('base64')}`,
      Buffer.from(`?${secret}!!`).toString('base64'),
      Buffer.from(`??${secret}!!`).toString('base64'),
    ])
      expect(findSecrets([['here', Buffer.from(text)]], { form: secret }), text).not.toEqual([]);
    expect(findSecrets([['here', `postgres://u@h/?password=${secret.slice(0, -1)}`]], { form: secret })).toEqual([]);
  });
});

const sickOnFirstHost = (fleet: Fleet): number => (fleet.of('rest')[1]?.host === 0 ? 1 : 0);

async function socketOfMariadb(): Promise<string> {
  const server = await mariadbServer();
  const { username, password } = new URL(server.url);
  const connection = await mysql.createConnection({ host: '127.0.0.1', port: server.port, user: username, password });
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>('SELECT @@socket AS socket');
    return String(rows[0]?.socket);
  } finally {
    await connection.end();
  }
}

/** Of every process that may be seen: the daemon's, its server's, whatever they start. */
function hearArguments(): Hearing {
  if (!fs.existsSync('/proc/self/cmdline')) return [];
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [[`the arguments of process ${pid}`, fs.readFileSync(`/proc/${pid}/cmdline`)] as const];
      } catch {
        return []; // it has ended
      }
    });
}
