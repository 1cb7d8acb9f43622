import fs from 'node:fs';
import path from 'node:path';
import mysql from 'mysql2/promise';
import { freePort, runToEnd, startServer, unprivilegedUser, untilReady } from './child-process.ts';
import { mariadbInstallation } from './mariadb-installation.ts';
import { throwAwayFolder } from './temporary-folder.ts';

export interface MariadbServer {
  readonly port: number;
  /** Of the superuser, without a database. */
  readonly url: string;
  urlOf(database: string): string;
  readonly pid: number;
  readonly log: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** A throw-away MariaDB on a free loopback port: user `root`, password `root`. */
export async function startMariadb(options: { readonly settings?: readonly string[] } = {}): Promise<MariadbServer> {
  const user = unprivilegedUser(['mysql']);
  const installation = mariadbInstallation();
  const dir = throwAwayFolder('mariadb');
  if (user.uid !== undefined && user.gid !== undefined) fs.chownSync(dir, user.uid, user.gid);
  const data = path.join(dir, 'data');
  const log = path.join(dir, 'server.log');
  const env = installation.env;
  runToEnd(
    installation.installDb,
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...installation.installArgs,
    ],
    { user, cwd: dir, env },
  );
  const port = await freePort();
  const init = path.join(dir, 'init.sql');
  fs.writeFileSync(
    init,
    "CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY 'root';\nGRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n",
  );
  const args = [
    '--no-defaults',
    ...installation.serverArgs,
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${path.join(dir, 's.sock')}`,
    `--pid-file=${path.join(dir, 'pid')}`,
    // A server that starts removes what another of the same process number has left in a folder that they share.
    `--tmpdir=${dir}`,
    `--init-file=${init}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--default-time-zone=+00:00',
    '--skip-log-bin',
    '--innodb-flush-log-at-trx-commit=0',
    '--max-connections=300',
    '--plugin-load-add=metadata_lock_info',
    ...(options.settings ?? []),
  ];
  const urlOf = (database: string): string => `maria://root:root@127.0.0.1:${port}/${database}`;
  const launch = async () => {
    const server = startServer(installation.server, args, { user, cwd: dir, log, env });
    await untilReady(
      server,
      async () => {
        const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root', password: 'root' });
        await connection.end();
      },
      { what: 'MariaDB', log },
    );
    return server;
  };
  let server = await launch();
  return {
    port,
    log,
    url: urlOf(''),
    urlOf,
    get pid() {
      return server.pid;
    },
    async stop() {
      await server.stop('SIGTERM');
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
