/** What a person sees who gives a daemon a wrong project, a wrong directory, a wrong request, or a fleet with sick databases. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashDirectory } from '../../src/engine/index.ts';
import { ERRORS, type ErrorCode } from '../../src/shared/errors.ts';
import type { Page, Problem, QuarantineView, RolloutView, TargetView } from '../../src/shared/wire.ts';
import { postgresServer, skipReason } from '../support/servers.ts';
import { commandPlace } from './command-fixture.ts';

const noPostgres = await skipReason(postgresServer);
const place = commandPlace();
const { folder } = place;
const TENANTS = ['t0', 't1', 't2', 't3'];
const OPERATOR = 'op3rator-t0ken';
const VIEWER = 'vi3wer-t0ken';
const FILES = {
  '20240101000000_a.sql': 'CREATE TABLE a (id integer);\n',
  '20240102000000_b.sql': 'ALTER TABLE a ADD COLUMN b text;\n',
};
const PROJECT = `deployment "fleet" {
  variable "tier" {
    type = string
  }
  group "canary" {
    match        = var.tier == "internal"
    max_failures = 0
  }
  group "rest" {
    parallel     = 4
  }
}
env "prod" {
  for_each = { for t in ["t0", "t1", "t2", "t3"] : t => t }
  url      = "sqlite://\${getenv("TENANTS")}/\${each.value}.db"
  migration {
    dir = "file://migrations"
  }
  rollout {
    deployment = deployment.fleet
    vars = {
      tier = each.value == "t0" ? "internal" : "x"
    }
  }
}
`;

let address = '';
const env = (): NodeJS.ProcessEnv => ({
  FLOTILLA_ADDR: address,
  FLOTILLA_TOKEN: OPERATOR,
  TENANTS: path.join(folder, 'tenants'),
});
const flotilla = (args: string, interruptMs?: number) => place.flotilla(args, env(), interruptMs);
const json = async <T>(args: string): Promise<T> => JSON.parse((await flotilla(`${args} -o json`)).out) as T;
const ask = (url: string, init: RequestInit = {}, token = OPERATOR): Promise<Response> =>
  fetch(`${address}/api/v1${url}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });

function writeProject(name: string, text: string, files: Readonly<Record<string, string>> = FILES): void {
  fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  place.write(`${name}/atlas.hcl`, text);
  for (const [file, sql] of Object.entries(files)) place.write(`${name}/migrations/${file}`, sql);
  place.write(`${name}/migrations/atlas.sum`, hashDirectory(files, 'atlas'));
}

/** Nothing was started, and no tenant was touched. */
async function expectUntouched(): Promise<void> {
  expect((await json<Page<RolloutView>>('rollout list')).items).toEqual([]);
  for (const name of TENANTS) expect(fs.statSync(path.join(folder, 'tenants', `${name}.db`)).size).toBe(0);
}

/** Both ways in say the same kind of thing: code 1, nothing on stdout of the rollout, no stack trace. */
async function refusedBoth(): Promise<{ rollout: string; migrate: string; migrateOut: string }> {
  const rollout = await flotilla('rollout start --project shop --env prod -o json');
  const migrate = await flotilla('migrate apply --env prod -c file://shop/atlas.hcl --dir file://shop/migrations');
  expect([rollout.code, rollout.out, migrate.code]).toEqual([1, '', 1]);
  for (const { err } of [rollout, migrate]) expect(err).not.toMatch(/^\s+at .*(?:\.ts|\.js|node:)/m);
  await expectUntouched();
  return { rollout: rollout.err, migrate: migrate.err, migrateOut: migrate.out };
}

beforeAll(async () => {
  fs.mkdirSync(path.join(folder, 'tenants'));
  for (const name of TENANTS) fs.writeFileSync(path.join(folder, 'tenants', `${name}.db`), '');
  const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
  place.write(
    'flotilla.yaml',
    `projects:\n  shop: ./shop\n  sick: ./sick\nauth:\n  tokens:\n    - {name: olga, role: operator, sha256: ${sha256(OPERATOR)}}\n    - {name: vera, role: viewer, sha256: ${sha256(VIEWER)}}\n`,
  );
  address = await place.serve('--state-dir state', {
    TENANTS: path.join(folder, 'tenants'),
    FLOTILLA_RETRY_BACKOFF: '100ms',
  });
});
afterAll(async () => place.close());

describe('a wrong project is refused before anything is touched', () => {
  it('syntax errors: all of them, with their lines', async () => {
    writeProject('shop', `locals {\n  a = 1 +\n}\nenv "prod" {\n  url = "sqlite://u:hunter2@x" "b"\n}\n`);
    const { rollout, migrate } = await refusedBoth();
    for (const said of [rollout, migrate]) {
      expect(said).toContain(
        '  --> atlas.hcl:2:10\n\n    1 | locals {\n  > 2 |   a = 1 +\n'.replace(
          'atlas.hcl',
          said === migrate ? 'shop/atlas.hcl' : 'atlas.hcl',
        ),
      );
      expect(said).toContain('Missing newline after argument');
      expect(said).not.toContain('hunter2');
    }
    expect(rollout).toContain('[PROJECT_INVALID]');
  });

  it('unknown attribute of a group, cycle of locals, wrong type of a variable: in one go', async () => {
    const wrong = `variable "n" {\n  type    = number\n  default = "abc"\n}\nlocals {\n  x = local.y\n  y = local.x\n}\n`;
    writeProject('shop', wrong + PROJECT.replace('parallel ', 'paralel '));
    const { rollout, migrate } = await refusedBoth();
    for (const said of [rollout, migrate]) {
      expect(said).toContain('variable "n": a number is required');
      expect(said).toContain('  > 3 |   default = "abc"\n');
      expect(said).toContain('cyclic reference to "local.x"');
      expect(said).toContain('It depends on itself: local.x → local.y → local.x.');
      expect(said).toContain('An argument named "paralel" is not expected in a "group" block');
      expect(said).toContain('Did you mean "parallel"?');
    }
  });

  it.each([
    [
      'two targets with one id',
      PROJECT.replace('  url ', '  target = "same"\n  url '),
      'TARGET_ID_CLASH',
      /"same": .*t0\.db and .*t1\.db/,
    ],
    [
      'an unmatched target',
      PROJECT.replace('parallel     = 4', 'match = var.tier == "y"'),
      'TARGET_UNMATCHED',
      /"t1", "t2", "t3"/,
    ],
    [
      'a cycle in depends_on',
      PROJECT.replace('max_failures = 0', 'depends_on = [group.rest]').replace(
        'parallel     = 4',
        'depends_on = [group.canary]',
      ),
      'DEPLOYMENT_INVALID',
      /"canary" waits for "rest" waits for "canary"/,
    ],
    [
      'an env that yields no target',
      PROJECT.replace('["t0", "t1", "t2", "t3"]', '[]'),
      'ENV_WITHOUT_TARGETS',
      /env "prod".*its for_each is empty/,
    ],
  ])('%s', async (_, text, code, names) => {
    writeProject('shop', text);
    const { rollout, migrate } = await refusedBoth();
    expect(rollout).toContain(`[${code}]`);
    expect(rollout).toMatch(names);
    expect(migrate).toMatch(names);
  });

  it('an env, a project and a folder that are not there', async () => {
    writeProject('shop', PROJECT);
    expect((await flotilla('rollout plan --project shop --env prd')).err).toContain('Did you mean "prod"?');
    expect((await flotilla('rollout plan --project shp --env prod')).err).toMatch(
      /^Error: the daemon serves no project "shp"; it serves "shop", "sick" \[PROJECT_NOT_FOUND\]/,
    );
    fs.rmSync(path.join(folder, 'sick'), { recursive: true, force: true });
    expect((await flotilla('rollout plan --project sick --env prod')).err).toMatch(
      /^Error: the folder ".*\/sick" of project "sick" is not there \[PROJECT_INVALID\]\nnext {2}start the daemon with --project sick=DIR/,
    );
  });
});

describe('a directory that does not fit its sum is refused', () => {
  const HINT = "Please check your migration files and run 'atlas migrate hash' to re-hash the contents\n\n";

  it('when atlas.sum is missing', async () => {
    writeProject('shop', PROJECT);
    fs.rmSync(path.join(folder, 'shop/migrations/atlas.sum'));
    const { rollout, migrate, migrateOut } = await refusedBoth();
    expect(migrateOut).toBe(`You have a checksum error in your migration directory.\n${HINT}`);
    expect(migrate).toBe('Error: checksum file not found\n');
    expect(rollout).toBe(
      'Error: checksum file not found [DIRECTORY_CHECKSUM]\nnext  check the migration files, then run flotilla migrate hash\n',
    );
  });

  it('when a file was edited', async () => {
    writeProject('shop', PROJECT);
    place.write('shop/migrations/20240101000000_a.sql', 'DROP TABLE a;\n');
    const { rollout, migrate, migrateOut } = await refusedBoth();
    expect(migrateOut).toBe(
      `You have a checksum error in your migration directory.\n\n\tL2: 20240101000000_a.sql was edited\n\n${HINT}`,
    );
    expect(migrate).toBe('Error: checksum mismatch\n');
    expect(rollout).toBe(
      'Error: checksum mismatch: L2: 20240101000000_a.sql was edited [DIRECTORY_CHECKSUM]\nnext  check the migration files, then run flotilla migrate hash\n',
    );
  });
});

describe('requests that do not fit', () => {
  let over = '';
  let live = '';

  it('a file that was added out of order fails the canary, and is applied nowhere', async () => {
    writeProject('shop', PROJECT);
    const first = await flotilla('rollout start --project shop --env prod --wait -o json');
    over = (JSON.parse(first.out) as RolloutView).id;
    expect(first.code).toBe(0);
    writeProject('shop', PROJECT, { ...FILES, '20240101120000_o.sql': 'CREATE TABLE o (id integer);\n' });
    const text =
      'migration file 20240101120000_o.sql was added out of order. See: https://atlasgo.io/versioned/apply#non-linear-error';
    const apply = await flotilla('migrate apply --env prod -c file://shop/atlas.hcl --dir file://shop/migrations');
    expect([apply.code, apply.err.split('\n')[0]]).toEqual([1, `Error: ${text}`]);
    const second = await flotilla('rollout start --project shop --env prod --wait -o json');
    expect(second.code).toBe(2);
    const view = JSON.parse(second.out) as RolloutView;
    live = view.id;
    expect(view.cause).toContain(text);
    for (const name of TENANTS) {
      const db = new DatabaseSync(path.join(folder, 'tenants', `${name}.db`), { readOnly: true });
      expect(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'o'").get()).toEqual({ n: 0 });
      db.close();
    }
  });

  const requests: readonly (readonly [string, () => Promise<Response>, ErrorCode, () => string])[] = [
    [
      'pause of a finished rollout',
      () => ask(`/rollouts/${over}/pause`, { method: 'POST' }),
      'ROLLOUT_OVER',
      () => over,
    ],
    [
      'start while one is running',
      () => ask('/rollouts', { method: 'POST', body: JSON.stringify({ project: 'shop', env: 'prod' }) }),
      'ROLLOUT_LIVE',
      () => live,
    ],
    ['an unknown id', () => ask('/rollouts/nope'), 'ROLLOUT_NOT_FOUND', () => '"nope"'],
    ['an invalid token', () => ask('/rollouts', {}, 'guessed'), 'AUTH_REQUIRED', () => 'not valid'],
    [
      'a verb of a viewer',
      () => ask(`/rollouts/${live}/pause`, { method: 'POST' }, VIEWER),
      'AUTH_FORBIDDEN',
      () => '"vera"',
    ],
    [
      'a body of 20 MB',
      () => ask('/rollouts', { method: 'POST', body: 'x'.repeat(20_000_000) }),
      'BODY_TOO_LARGE',
      () => 'larger',
    ],
  ];
  it.each(requests)('%s', async (_, request, code, names) => {
    const response = await request();
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = (await response.json()) as Problem;
    expect(problem).toMatchObject({ code, status: ERRORS[code].status });
    expect(response.status).toBe(problem.status);
    expect(problem.detail).toContain(names());
  });

  it('an interrupted watch says that the rollout goes on', async () => {
    const { code, err } = await flotilla(`rollout watch ${live}`, 3_000);
    expect(code).toBe(1);
    expect(err).toBe(
      `interrupt received, wait for exit or ^C to terminate\nstopped watching; that does not stop rollout "${live}"\nnext  flotilla rollout watch ${live}, or flotilla rollout pause ${live}\n`,
    );
  });
});

/** A fleet of these ids and URLs; every failure is borne. */
function writeSick(urls: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>): void {
  const text = `deployment "fleet" {
  group "all" {
    parallel = 8
    on_error = CONTINUE
  }
}
env "prod" {
  for_each = jsondecode(file("urls.json"))
  target   = each.key
  url      = each.value
  migration {
    dir = "file://migrations"
  }
  rollout {
    deployment = deployment.fleet
  }
}
`;
  writeProject('sick', text, files);
  place.write('sick/urls.json', JSON.stringify(urls));
}

async function outcomes(): Promise<Readonly<Record<string, string>>> {
  const { err, out, code } = await flotilla('rollout start --project sick --env prod --wait --timeout 50s -o json');
  expect([code, err]).toEqual([3, '']);
  const { items } = await json<Page<TargetView>>(`targets list --rollout ${(JSON.parse(out) as RolloutView).id}`);
  return Object.fromEntries(
    items.map(({ id, state, error }) => [id, error ? `${state} ${error.class} ${error.code} ${error.message}` : state]),
  );
}

describe('a sick tenant has its outcome, and the others go on', () => {
  it('on SQLite: a full disk, a lock that is held, a folder that is not there', async () => {
    const file = (name: string): string => path.join(folder, 'tenants', `${name}.db`);
    for (const name of ['roomy', 'full', 'held']) fs.writeFileSync(file(name), '');
    const urls = Object.fromEntries(['roomy', 'full', 'held'].map((name) => [name, `sqlite://${file(name)}`]));
    const first = { '1_a.sql': 'CREATE TABLE a (x blob);\n' };
    writeSick(urls, first);
    expect((await flotilla('rollout start --project sick --env prod --wait')).code).toBe(0);
    // The next file lets no database grow beyond 40 pages, and this one has more: to SQLite its disk is full.
    const full = new DatabaseSync(file('full'));
    full.exec('INSERT INTO a VALUES (zeroblob(400000))');
    full.close();
    const holder = new DatabaseSync(file('held'));
    holder.exec('BEGIN IMMEDIATE');
    writeSick(
      { ...urls, nowhere: `sqlite://${folder}/no/such/t.db` },
      { ...first, '2_b.sql': 'PRAGMA max_page_count = 40;\nINSERT INTO a VALUES (zeroblob(50000));\n' },
    );
    expect(await outcomes()).toEqual({
      roomy: 'applied',
      full: 'failed transient SQLITE_FULL database or disk is full',
      held: expect.stringMatching(/^failed lock SQLITE_BUSY .*lock/),
      nowhere:
        'failed transient SQLITE_CANTOPEN sqlite: querying schemas: unable to open database file: no such file or directory',
    });
    holder.close();
  });

  it.skipIf(noPostgres)('on Postgres: down, a wrong password, a missing privilege', async () => {
    const server = await postgresServer();
    const mark = `bad_${Date.now().toString(36)}`;
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(`CREATE ROLE ${mark} LOGIN PASSWORD 'l0wly-pw'`);
    for (const name of ['good', 'lowly']) await admin.query(`CREATE DATABASE ${mark}_${name}`);
    await admin.end();
    const urlOf = (name: string, password?: string): string => {
      const url = new URL(server.urlOf(`${mark}_${name}`));
      if (password !== undefined) [url.username, url.password] = [mark, password];
      return url.href;
    };
    const down = 'postgres://u:d0wn-pw@127.0.0.1:2/x';
    writeSick(
      {
        good: urlOf('good'),
        down,
        wrongpw: urlOf('good', 'n0t-it'),
        lowly: urlOf('lowly', 'l0wly-pw'),
      },
      { '1_a.sql': 'CREATE TABLE a (id integer);\n' },
    );
    const found = await outcomes();
    expect(found).toEqual({
      good: 'applied',
      down: 'failed transient ECONNREFUSED connect ECONNREFUSED 127.0.0.1:2',
      wrongpw: `failed permanent 28P01 pq: password authentication failed for user "${mark}"`,
      lowly: `failed permanent 42501 pq: permission denied for database ${mark}_lowly`,
    });
    expect(fs.readFileSync(path.join(folder, 'serve.log'), 'utf8')).not.toMatch(/-pw|n0t-it|"stack"/);
  });
});

describe('a fleet that has lost tenants since its last rollout', () => {
  it('is asked about, and the answer is a flag', async () => {
    const urls = Object.fromEntries(
      ['k0', 'k1', 'k2', 'k3'].map((name) => [name, `sqlite://${path.join(folder, 'tenants', name)}.db`]),
    );
    for (const name of Object.keys(urls)) fs.writeFileSync(path.join(folder, 'tenants', `${name}.db`), '');
    writeSick(urls, FILES);
    const start = 'rollout start --project sick --env prod --wait --accept-shrink';
    expect((await flotilla(start)).code).toBe(0);
    const { k0, k1 } = urls;
    writeSick({ k0: k0 ?? '', k1: k1 ?? '' }, FILES);
    const last = (await json<Page<RolloutView>>('rollout list --limit 1')).items[0]?.id;
    const said = `the env has 2 targets now, its last rollout "${last}" had 4; max_shrink is 10%; missing: "k2", "k3"`;
    const plan = await flotilla('rollout plan --project sick --env prod');
    expect([plan.code, plan.err]).toEqual([0, '']);
    expect(plan.out).toContain(`note  ${said}; a start asks for --accept-shrink`);
    const refused = await flotilla('rollout start --project sick --env prod --wait');
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toContain(`${said} [FLEET_SHRANK]`);
    expect(refused.err).toContain('rollout start --project sick --env prod --accept-shrink');
    expect((await json<Page<RolloutView>>('rollout list --limit 1')).items[0]?.id).toBe(last);
    expect((await flotilla(start)).code).toBe(0);
  });
});

describe('a target in quarantine', () => {
  it('is put there, listed and released by the command line', async () => {
    const of = '--project sick --env prod';
    expect((await flotilla('targets list')).err).toContain('targets list needs --rollout <id>, or --quarantined');
    expect((await flotilla(`targets quarantine k0 ${of}`)).err).toContain('required flag(s) "reason" not set');
    expect((await flotilla(`targets quarantine nobody ${of} --reason x`)).err).toContain('[TARGET_NOT_FOUND]');
    const put = await flotilla(`targets quarantine k0 ${of} --reason poison`);
    expect([put.code, put.out]).toEqual([0, 'target k0 of sick/prod: later rollouts leave it out\n']);
    const { items } = await json<Page<QuarantineView>>(`targets list --quarantined ${of}`);
    expect(items).toMatchObject([{ target: 'k0', reason: 'poison', by: 'olga' }]);
    expect((await flotilla('targets list --quarantined')).out).toMatch(/^ID +ENV +SINCE +BY +REASON\nk0 +sick\/prod /);
    expect((await flotilla(`rollout plan ${of}`)).out).toContain('note  1 in quarantine, left out: "k0"');
    const ran = await flotilla(`rollout start ${of} --wait -o json`);
    expect([ran.code, (JSON.parse(ran.out) as RolloutView).counts]).toEqual([0, { unchanged: 1, quarantined: 1 }]);
    const released = await flotilla(`targets release k0 ${of}`);
    expect([released.code, released.out]).toEqual([0, 'target k0 of sick/prod: later rollouts take it along again\n']);
    expect((await flotilla(`targets release k0 ${of}`)).err).toContain('[TARGET_NOT_QUARANTINED]');
    expect((await flotilla('targets list --quarantined')).out).toBe('no targets in quarantine\n');
  });
});
