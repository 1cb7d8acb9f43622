import fs from 'node:fs';
import path from 'node:path';
import { mariadbServer, postgresServer } from '../../support/servers.ts';
import type { Fleet, FleetKind } from './fleet.ts';
import { forwardPort } from './forward-port.ts';

/** Sees who was spoken to: the proof that a target got no connection. */
export interface TouchWatch {
  /** For `makeFleet`: all that Flotilla sends goes past the watch, and what the test itself sends does not. */
  readonly rewriteUrl: (url: string, host: number) => string;
  /** Forgets what was seen. Connections that are open already are not seen: the daemon must not run. */
  begin(fleet: Fleet): void;
  /** Names of the tenants and neighbours that were touched since, sorted. The test must not have read them itself. */
  touched(fleet: Fleet): readonly string[];
  stop(): Promise<void>;
}

/**
 * On a server: a tenant is touched where its name is in what was sent, be it as the database of a login or in a statement. Nothing is encrypted.
 * SQLite: where its file was read, by the file system's own record.
 */
export const watchTouches = (kind: FleetKind): Promise<TouchWatch> =>
  kind === 'sqlite' ? Promise.resolve(watchFiles()) : watchServer(kind === 'mariadb' ? mariadbServer : postgresServer);

const everyone = ({ tenants, neighbours }: Fleet): Fleet['tenants'] => [...tenants, ...neighbours];

async function watchServer(server: () => Promise<{ readonly port: number }>): Promise<TouchWatch> {
  const { port } = await server();
  let heard: Buffer[] = [];
  const hear = (chunk: Buffer): void => {
    heard.push(chunk);
  };
  const ports = [await forwardPort(port, hear), await forwardPort(port, hear)];
  return {
    rewriteUrl(url, host) {
      const watched = new URL(url);
      watched.port = String(ports[host]?.port);
      return watched.toString();
    },
    begin() {
      heard = [];
    },
    touched(fleet) {
      const all = Buffer.concat(heard);
      return everyone(fleet)
        .map(({ name }) => name)
        .filter((name) => all.includes(name))
        .sort();
    },
    async stop() {
      for (const forwarded of ports) await forwarded.stop();
    },
  };
}

const LONG_AGO = new Date('2001-01-01T00:00:00Z');

function watchFiles(): TouchWatch {
  const files = (fleet: Fleet): readonly (readonly [name: string, file: string])[] =>
    everyone(fleet).map(({ name, host }) => [name, path.join(fleet.backend.hosts[host] ?? '', `${name}.db`)]);
  return {
    rewriteUrl: (url) => url,
    begin(fleet) {
      // A file that was changed after it was last read has its time of reading noted even where the file system is sparing with that.
      for (const [, file] of files(fleet)) fs.utimesSync(file, LONG_AGO, fs.statSync(file).mtime);
    },
    touched: (fleet) =>
      files(fleet)
        .filter(([, file]) => fs.statSync(file).atime.getTime() !== LONG_AGO.getTime())
        .map(([name]) => name)
        .sort(),
    async stop() {},
  };
}
