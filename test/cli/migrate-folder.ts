/** What the tests of `migrate` on real databases begin with: a folder of its own a test, and the commands run in it. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../support/servers.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import {
  type FreshDatabase,
  mariadbDatabase,
  postgresDatabase,
  runCommand,
  sqliteDatabase,
} from './migrate-databases.ts';

export interface MigrateFolder {
  /** That of the test which runs. */
  readonly cwd: string;
  write(name: string, text: string): void;
  /** A command below `migrate`, with the durations taken out of what it prints. */
  flotilla(...args: readonly string[]): { readonly code: number; readonly out: string; readonly err: string };
  /** Writes a migration directory `m`, and hashes it. */
  migrations(files: Readonly<Record<string, string>>, format?: string): void;
  /** Each kind of database that the commands have to agree on. */
  readonly kinds: readonly {
    readonly kind: string;
    /** Why there is none of it on this machine. */
    readonly skip: string | undefined;
    readonly open: () => Promise<FreshDatabase>;
    readonly rollsBackDdl: boolean;
  }[];
}

/** To be called once, at the top of a test file: makes and removes the folder round each of its tests. */
export async function useMigrateFolder(): Promise<MigrateFolder> {
  let cwd = '';
  beforeEach(() => {
    cwd = throwAwayFolder('cli');
  });
  afterEach(() => fs.rmSync(cwd, { recursive: true, force: true }));

  const folder: MigrateFolder = {
    get cwd() {
      return cwd;
    },
    write(name, text) {
      fs.mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
      fs.writeFileSync(path.join(cwd, name), text);
    },
    flotilla(...args) {
      const { code, out, err } = runCommand(['migrate', ...args], cwd);
      return { code, out: out.replace(/\d+(?:\.\d+)?(?:ns|µs|ms|s)/g, 'DURATION'), err };
    },
    migrations(files, format = 'atlas') {
      for (const [name, text] of Object.entries(files)) folder.write(`m/${name}`, text);
      expect(folder.flotilla('hash', '--dir', `file://m?format=${format}`).code).toBe(0);
    },
    kinds: [
      { kind: 'SQLite', skip: undefined, open: () => sqliteDatabase(cwd), rollsBackDdl: true },
      { kind: 'Postgres', skip: await skipReason(postgresServer), open: postgresDatabase, rollsBackDdl: true },
      { kind: 'MariaDB', skip: await skipReason(mariadbServer), open: mariadbDatabase, rollsBackDdl: false },
    ],
  };
  return folder;
}
