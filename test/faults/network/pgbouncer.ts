/** A PgBouncer in transaction mode before a Postgres: from PATH, else Debian's packages unpacked into the cache. */
import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { cacheFolder } from '../../support/cache-folder.ts';
import { freePort, runToEnd, startServer, unprivilegedUser, untilReady } from '../../support/child-process.ts';
import { NotToBeHad, say } from '../../support/provision.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';

export interface PgBouncer {
  readonly port: number;
  /** Of a database of the Postgres behind it. */
  urlOf(database: string): string;
  stop(): Promise<void>;
}

interface Installation {
  readonly command: string;
  readonly libraries: string;
}

const PACKAGES = ['pgbouncer', 'libc-ares2'];
const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin'];

function installation(): Installation {
  const found = FOLDERS.map((dir) => path.join(dir, 'pgbouncer')).find((file) => fs.existsSync(file));
  if (found !== undefined) return { command: found, libraries: '' };
  const base = process.getuid?.() === 0 ? '/var/tmp/flotilla-pgbouncer' : cacheFolder('pgbouncer');
  const root = path.join(base, 'root');
  const command = path.join(root, 'usr/sbin/pgbouncer');
  try {
    if (!fs.existsSync(command)) {
      say('unpacking Debian packages of PgBouncer into the cache');
      fs.mkdirSync(base, { recursive: true });
      const debs = fs.mkdtempSync(path.join(base, 'debs-'));
      for (const name of PACKAGES) runToEnd('apt-get', ['download', '-q', name], { cwd: debs });
      for (const deb of fs.readdirSync(debs)) runToEnd('dpkg-deb', ['-x', path.join(debs, deb), root]);
      fs.rmSync(debs, { recursive: true, force: true });
    }
    const lib = path.join(root, 'usr/lib');
    const libraries = fs.readdirSync(lib).filter((name) => name.includes('linux-gnu'));
    return { command, libraries: libraries.map((name) => path.join(lib, name)).join(':') };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new NotToBeHad('PgBouncer', ['pgbouncer on PATH: nothing there', `apt-get download: ${why}`]);
  }
}

/**
 * @param poolSize sessions of the server for each database, which all clients share
 * @throws NotToBeHad
 */
export async function startPgBouncer(postgresPort: number, poolSize: number): Promise<PgBouncer> {
  const { command, libraries } = installation();
  const user = unprivilegedUser(['postgres']);
  const dir = throwAwayFolder('pgbouncer');
  const port = await freePort();
  const config = path.join(dir, 'pgbouncer.ini');
  const log = path.join(dir, 'log');
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: poolSize,
    max_client_conn: 200,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  fs.writeFileSync(
    config,
    `[databases]\n* = host=127.0.0.1 port=${postgresPort} user=postgres password=postgres\n[pgbouncer]\n${lines.join('\n')}\n`,
  );
  if (user.uid !== undefined && user.gid !== undefined) fs.chownSync(dir, user.uid, user.gid);
  const env = libraries === '' ? {} : { LD_LIBRARY_PATH: libraries };
  const server = startServer(command, [config], { user, cwd: dir, log, env });
  const urlOf = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}?sslmode=disable`;
  await untilReady(
    server,
    async () => {
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      await client.end();
    },
    { what: 'PgBouncer', log },
  );
  return {
    port,
    urlOf,
    async stop() {
      await server.stop('SIGKILL');
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}
