/** What `flotilla serve` says where it cannot start: one readable error with what to do, exit code 1, within 5 s. */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandPlace } from './command-fixture.ts';

const place = commandPlace();
const { folder } = place;
const taken = net.createServer();
let port = 0;
/** 5 s, and more where this machine is busy: to load the daemon's modules takes about ten times as long as `version`. */
let limitMs = 5_000;

beforeAll(async () => {
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  if (address !== null && typeof address === 'object') port = address.port;
  await place.serve('--state-dir first');
  limitMs += 10 * Math.max(0, (await place.flotilla('version')).ms - 200);
  place.write('a-file', '');
  place.write(
    'wrong.yaml',
    'listn: 127.0.0.1:1\nlimits:\n  lock_timeout: soon\nstore:\n  url: postgres://u:hunter2@h/d\n  ulr: x\n',
  );
  place.write('tokens.yaml', 'auth:\n  tokens:\n    - {name: ci, role: viewer, sha256: abc}\n');
});
afterAll(async () => {
  taken.close();
  await place.close();
});

async function refused(args: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, out, err, ms } = await place.flotilla(`serve ${args}`, env);
  expect([code, out]).toEqual([1, '']);
  expect(ms).toBeLessThan(limitMs);
  expect(err).not.toMatch(/^\s+at .*(?:\.ts|\.js|node:)/m);
  return err.replaceAll(folder, 'FOLDER').replaceAll(String(port), 'PORT');
}

describe('flotilla serve refuses', () => {
  it('a port that is taken', async () => {
    expect(await refused(`--state-dir new --listen 127.0.0.1:${port}`)).toBe(
      'Error: the address "127.0.0.1:PORT" is taken by another process [LISTEN_IN_USE]\nnext  choose another with --listen, or stop the other process\n',
    );
  });

  it('a state folder that cannot be written: a file, and a place where nothing can be made', async () => {
    expect(await refused('--state-dir a-file --listen 127.0.0.1:0')).toMatch(
      /^Error: the state folder "FOLDER\/a-file" cannot be written \(EEXIST.*\) \[STATE_UNWRITABLE\]\nnext {2}choose another with --state-dir or FLOTILLA_STATE_DIR\n$/,
    );
    expect(await refused('--state-dir /proc/flotilla/state --listen 127.0.0.1:0')).toMatch(
      /^Error: the state folder "\/proc\/flotilla\/state" cannot be written \(ENOENT.*\) \[STATE_UNWRITABLE\]\nnext /,
    );
  });

  it('a folder that another daemon uses, naming it', async () => {
    expect(await refused('--state-dir first --listen 127.0.0.1:0')).toMatch(
      /^Error: another daemon \(pid \d+, http:\/\/127\.0\.0\.1:\d+\) uses the state folder "FOLDER\/first" \[STATE_LOCKED\]\nnext {2}stop it with flotilla server stop --state-dir FOLDER\/first, /,
    );
  });

  it('mistakes of flotilla.yaml, all of them, each with its line and no password', async () => {
    const said = await refused('--config wrong.yaml --log-level loud');
    expect(said).toMatch(/^Error: the configuration is not valid \[CONFIG_INVALID\]\n/);
    expect(said).toContain('Error: unknown key\n  --> wrong.yaml:1:1\n\n  > 1 | listn: 127.0.0.1:1\n      | ^^^^^\n');
    expect(said).toContain('Did you mean "listen"?');
    expect(said).toContain('"limits.lock_timeout": expected a duration like "200ms"');
    expect(said).toContain('there is no setting "store.ulr"');
    expect(said).toContain('"--log-level": expected one of "trace"');
    expect(said).toContain('postgres://u:*******@h/d');
    expect(said).not.toContain('hunter2');
    expect(await refused('--config tokens.yaml')).toContain('sha256sum');
    expect(await refused('--config none.yaml')).toBe(
      'Error: the configuration file "none.yaml" cannot be read: there is no such file [CONFIG_INVALID]\nnext  check --config and FLOTILLA_CONFIG\n',
    );
  });

  it('to go on without Temporal', async () => {
    expect(await refused('--state-dir new --listen 127.0.0.1:0', { FLOTILLA_TEMPORAL_BIN: '/nowhere' })).toBe(
      'Error: FLOTILLA_TEMPORAL_BIN names "/nowhere": it is no program that may be run [TEMPORAL_NOT_FOUND]\nnext  set it to the path of the program "temporal", or unset it\n',
    );
    expect(await refused('--state-dir new --listen 127.0.0.1:0 --temporal-address 127.0.0.1:2')).toMatch(
      /^Error: the Temporal server at "127\.0\.0\.1:2" does not answer .*\[TEMPORAL_UNAVAILABLE\]\nnext {2}check TEMPORAL_ADDRESS/,
    );
  });

  it('a public address without tokens', async () => {
    expect(await refused('--state-dir new --listen 0.0.0.0:0')).toBe(
      'Error: "0.0.0.0:0" is a public address, and no tokens are configured [LISTEN_PUBLIC]\nnext  add auth.tokens to flotilla.yaml (docs/configuration.md), or listen on 127.0.0.1\n',
    );
  });

  it('an argument that it does not know, instead of starting', async () => {
    expect(await refused('now --state-dir new --listen 127.0.0.1:0')).toBe(
      'Error: accepts at most 0 arg(s), received 1: "now"\nRun \'flotilla serve --help\' for usage.\n',
    );
  });
});

describe('flotilla config show', () => {
  it('prints each value with its source, secrets redacted, and starts nothing', async () => {
    place.write(
      'shown/ok.yaml',
      'listen: 127.0.0.1:7500\nstore: {url: "postgres://u:hunter2@h:5432/d?password=x"}\nprojects:\n  a: ./p\n',
    );
    const env = { FLOTILLA_LOCK_TIMEOUT: '1s', TEMPORAL_API_KEY: 'sekrit' };
    const { code, out, err } = await place.flotilla('config show --config shown/ok.yaml --role api', env);
    expect([code, err]).toEqual([0, '']);
    const rows = out
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(['role', 'api', '--role']);
    expect(rows).toContainEqual(['limits.lock_timeout', '1s', 'FLOTILLA_LOCK_TIMEOUT']);
    expect(rows).toContainEqual(['listen', '127.0.0.1:7500', 'shown/ok.yaml:1:9']);
    expect(rows).toContainEqual(['store.url', 'postgres://u@h:5432/d', 'shown/ok.yaml:2:14']);
    expect(rows).toContainEqual(['temporal.api_key', '(set)', 'TEMPORAL_API_KEY']);
    expect(rows).toContainEqual(['limits.per_host', '16', 'default']);
    expect(rows).toContainEqual(['projects.a', path.join(fs.realpathSync(folder), 'shown/p'), 'shown/ok.yaml:4:6']);
    const json = await place.flotilla('config show --config shown/ok.yaml -o json', env);
    expect(JSON.parse(json.out)).toMatchObject({
      settings: expect.arrayContaining([{ name: 'role', value: 'all', source: 'default' }]),
    });
    expect(out + json.out).not.toMatch(/hunter2|sekrit|password=/);
  });

  it('refuses what serve would refuse, with nothing on stdout', async () => {
    const { code, out, err } = await place.flotilla('config show --config wrong.yaml -o json');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('[CONFIG_INVALID]');
  });
});
