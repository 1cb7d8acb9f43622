import fs from 'node:fs';
import path from 'node:path';
import type { Io } from '../../cli/io.ts';
import type { DaemonConfig } from '../../config/daemon/types.ts';
import { parseAge } from '../../shared/age.ts';
import { AppError } from '../../shared/errors.ts';
import { backupSqlite } from '../../store/backup-store.ts';
import { checkStore, type StoreReport } from '../../store/check-store.ts';
import { migrateStore } from '../../store/migrate-store.ts';
import { openBackEnd, openStore } from '../../store/open-store.ts';
import type { PrunedRollout } from '../../store/types.ts';
import { systemClock } from '../system-clock.ts';
import { readDaemonConfig, type ServeFlags } from './daemon-config.ts';
import { findStore, storeFile } from './store-location.ts';

type Format = 'text' | 'json';

const nameOf = (config: DaemonConfig): string =>
  config.storeUrl === undefined ? storeFile(config.stateDir) : 'the store of FLOTILLA_STORE_URL';

const print = (io: Io, format: Format, value: unknown, lines: readonly string[]): void =>
  io.stdout(format === 'json' ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));

/** `flotilla store migrate`: also of a Postgres database that has no tables yet. */
export async function storeMigrate(io: Io, flags: ServeFlags, format: Format): Promise<number> {
  const config = await readDaemonConfig(io, flags);
  const db = openBackEnd(findStore(config));
  try {
    const { from, to } = await migrateStore(db);
    const said = from === to ? `is at schema ${to} already` : `was brought from schema ${from} to ${to}`;
    print(io, format, { from, to }, [`${nameOf(config)} ${said}`]);
    return 0;
  } finally {
    await db.close();
  }
}

/** `flotilla store check`: exit code 0 where all is well, else 1. */
export async function storeCheck(io: Io, flags: ServeFlags, format: Format): Promise<number> {
  const config = await readDaemonConfig(io, flags);
  const report = await checkStore(findStore(config));
  const wrongs = wrongsOf(report);
  const { schema, key, rollouts } = report;
  print(io, format, { ok: wrongs.length === 0, ...report }, [
    `store     ${nameOf(config)}`,
    `schema    ${schema.found}, this program has ${schema.expected}`,
    `key       ${key}`,
    `rollouts  ${rollouts}`,
    ...(wrongs.length === 0 ? ['ok'] : wrongs.map((wrong) => `wrong     ${wrong}`)),
  ]);
  return wrongs.length === 0 ? 0 : 1;
}

function wrongsOf({ schema, key, damage, broken }: StoreReport): readonly string[] {
  const wrongs: string[] = [];
  if (schema.found < schema.expected) wrongs.push('the schema is older: flotilla store migrate');
  if (schema.found > schema.expected) wrongs.push('the schema is of a newer flotilla: use that one');
  if (key === 'wrong') wrongs.push('the key is not that of the store: set FLOTILLA_STORE_KEY, or restore store.key');
  for (const { rollout, event } of broken)
    wrongs.push(
      `the audit trail of rollout ${rollout} does not fit from event ${event} on: it was changed, or events are missing`,
    );
  return [...wrongs, ...damage.map((one) => `the file is damaged: ${one}`)];
}

/** `flotilla store prune`: also while a daemon runs. @throws AppError INPUT_INVALID for an age that is none */
export async function storePrune(
  io: Io,
  flags: ServeFlags,
  options: { readonly olderThan: string; readonly dryRun: boolean; readonly output: Format },
): Promise<number> {
  const age = parseAge(options.olderThan);
  if (age === undefined)
    throw new AppError('INPUT_INVALID', `--older-than "${options.olderThan}": expected an age like "90d" or "36h"`);
  const config = await readDaemonConfig(io, flags);
  const nowMs = systemClock.nowMs();
  const store = await openStore(findStore(config), nowMs);
  try {
    const { dryRun } = options;
    const { rollouts, artifacts } = await store.pruneRollouts({ endedBeforeMs: nowMs - age, dryRun }, nowMs);
    const verb = dryRun ? 'would be removed' : 'removed';
    print(io, options.output, { dryRun, rollouts: rollouts.map(viewOf), artifacts }, [
      ...rollouts.map((one) => {
        const { id, project, env, state, finishedAt, targets } = viewOf(one);
        return `${id}  ${project}/${env}  ${state}  ${finishedAt}  ${targets} targets`;
      }),
      `${verb}: ${rollouts.length} rollouts, ${artifacts} artifacts`,
    ]);
    return 0;
  } finally {
    await store.close();
  }
}

const viewOf = ({ finishedAtMs, ...rollout }: PrunedRollout) => ({
  ...rollout,
  finishedAt: new Date(finishedAtMs).toISOString(),
});

/** `flotilla store backup FILE`: the copy is for its user alone. @throws AppError INPUT_INVALID, STORE_UNAVAILABLE */
export async function storeBackup(
  io: Io,
  flags: ServeFlags,
  { file, output }: { readonly file: string; readonly output: Format },
): Promise<number> {
  const config = await readDaemonConfig(io, flags);
  if (config.storeUrl !== undefined)
    throw new AppError('INPUT_INVALID', 'a store on Postgres is copied by Postgres itself', {
      next: 'pg_dump --format=custom --file=FILE "$FLOTILLA_STORE_URL"',
    });
  findStore(config);
  const to = path.resolve(io.cwd, file);
  // Made first, and empty: SQLite writes into an empty file, and keeps its rights.
  try {
    fs.closeSync(fs.openSync(to, 'wx', 0o600));
  } catch (error) {
    throw new AppError('INPUT_INVALID', `"${to}" cannot be made: ${error instanceof Error ? error.message : error}`, {
      next: 'name a file that does not exist, in a folder that can be written',
    });
  }
  try {
    backupSqlite(storeFile(config.stateDir), to);
  } catch (error) {
    fs.rmSync(to, { force: true });
    throw error;
  }
  const bytes = fs.statSync(to).size;
  print(io, output, { file: to, bytes }, [
    `${to}  ${bytes} bytes`,
    config.storeKey === undefined
      ? `next  keep ${path.join(config.stateDir, 'store.key')} at another place: without it the copy cannot be opened`
      : 'next  keep FLOTILLA_STORE_KEY at another place: without it the copy cannot be opened',
  ]);
  return 0;
}
