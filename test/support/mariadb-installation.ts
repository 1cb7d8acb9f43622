import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { runToEnd } from './child-process.ts';
import { NotToBeHad, say } from './provision.ts';

export interface MariadbInstallation {
  readonly server: string;
  readonly installDb: string;
  readonly installArgs: readonly string[];
  readonly serverArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const FOLDERS = [
  ...(process.env.PATH ?? '').split(':'),
  '/usr/sbin',
  '/usr/bin',
  '/usr/libexec',
  '/usr/local/sbin',
  '/usr/local/bin',
];
const onPath = (names: readonly string[]): string | undefined =>
  names.flatMap((name) => FOLDERS.map((dir) => path.join(dir, name))).find((file) => fs.existsSync(file));

function ofSystem(): MariadbInstallation | undefined {
  const server = onPath(['mariadbd']);
  const installDb = onPath(['mariadb-install-db', 'mysql_install_db']);
  return server && installDb ? { server, installDb, installArgs: [], serverArgs: [], env: {} } : undefined;
}

/** Debian's packages unpacked in a folder: for those who are not root. */
function ofFolder(root: string): MariadbInstallation | undefined {
  const usr = path.join(root, 'usr');
  const server = path.join(usr, 'sbin/mariadbd');
  const installDb = path.join(usr, 'bin/mariadb-install-db');
  if (!fs.existsSync(server) || !fs.existsSync(installDb)) return undefined;
  const libraries = fs
    .readdirSync(path.join(usr, 'lib'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.includes('linux-gnu'))
    .map((entry) => path.join(usr, 'lib', entry.name));
  const share = path.join(usr, 'share/mysql');
  return {
    server,
    installDb,
    installArgs: [`--basedir=${usr}`, `--lc-messages-dir=${share}`],
    serverArgs: [
      `--basedir=${usr}`,
      `--lc-messages-dir=${share}`,
      `--plugin-dir=${path.join(usr, 'lib/mysql/plugin')}`,
    ],
    env: { LD_LIBRARY_PATH: libraries.join(':') },
  };
}

const PACKAGES = [
  'mariadb-server',
  'mariadb-server-core',
  'mariadb-common',
  'mariadb-client',
  'mariadb-client-core',
  'libmariadb3',
  'liburing2',
  'libnuma1',
  'libpmem1',
  'libsnappy1v5',
  'libndctl6',
  'libdaxctl1',
  'libkmod2',
];

function attempt(
  tried: string[],
  what: string,
  action: () => MariadbInstallation | undefined,
): MariadbInstallation | undefined {
  try {
    const got = action();
    if (got) return got;
    tried.push(`${what}: nothing there`);
  } catch (error) {
    tried.push(`${what}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
  return undefined;
}

let found: MariadbInstallation | undefined;

/**
 * MariaDB from PATH, else Debian's packages (installed as root, else unpacked into the cache).
 * @throws NotToBeHad with what was tried
 */
export function mariadbInstallation(): MariadbInstallation {
  const tried: string[] = [];
  const unpacked = path.join(cacheFolder('mariadb'), 'root');
  found ??=
    attempt(tried, 'mariadbd on PATH', ofSystem) ??
    attempt(tried, 'packages unpacked in the cache', () => ofFolder(unpacked)) ??
    attempt(tried, 'apt-get install mariadb-server', () => {
      if (process.getuid?.() !== 0) throw new Error('needs root');
      say('apt-get install mariadb-server');
      const env = { DEBIAN_FRONTEND: 'noninteractive' };
      runToEnd('apt-get', ['update', '-q'], { env });
      runToEnd('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'mariadb-server'], { env });
      return ofSystem();
    }) ??
    attempt(tried, 'apt-get download and dpkg-deb -x', () => {
      say('unpacking Debian packages of MariaDB into the cache');
      const debs = path.join(cacheFolder('mariadb'), 'debs');
      fs.mkdirSync(debs, { recursive: true });
      for (const name of PACKAGES) {
        try {
          runToEnd('apt-get', ['download', '-q', name], { cwd: debs });
        } catch (error) {
          // Libraries have other names in other releases of Debian; only the server's own packages are a must.
          if (name.startsWith('mariadb-server')) throw error;
        }
      }
      for (const deb of fs.readdirSync(debs)) runToEnd('dpkg-deb', ['-x', path.join(debs, deb), unpacked]);
      return ofFolder(unpacked);
    });
  if (!found) throw new NotToBeHad('MariaDB', tried);
  return found;
}
