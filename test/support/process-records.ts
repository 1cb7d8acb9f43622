import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readServerRecord } from '../../src/temporal/embedded/server-record.ts';
import { isAlive, type ProcessRecord, processIdentity } from '../../src/temporal/process-identity.ts';
import { onEnd } from './at-end.ts';

/** Of the folders of a process: its number comes next. */
export const PREFIX = 'flotilla-test';

const FOLDER = path.join(os.tmpdir(), `${PREFIX}-${process.pid}-processes`);

/**
 * Notes a process that this one has started, so that the next run can end it where this one is ended by kill -9. With its start time: the
 * number may be another's by then. Returns what takes the note back.
 */
export function recordProcess(pid: number): () => void {
  const identity = processIdentity(pid);
  if (identity === undefined) return () => undefined; // it has ended already
  if (!fs.existsSync(FOLDER)) {
    fs.mkdirSync(FOLDER);
    onEnd(() => fs.rmSync(FOLDER, { recursive: true, force: true }));
  }
  const file = path.join(FOLDER, String(pid));
  fs.writeFileSync(file, JSON.stringify({ pid, identity } satisfies ProcessRecord));
  return () => fs.rmSync(file, { force: true });
}

/** Ends what is noted in the folders of a process that is no more: what it started itself, then the Temporal servers that its daemons had. */
export function endLeftOvers(folders: readonly string[]): void {
  const isOfRecords = (folder: string): boolean => folder.endsWith('-processes');
  const started = folders.filter(isOfRecords).flatMap((folder) => entriesOf(folder).flatMap(readRecord));
  for (const record of started) endNow(record);
  // After the daemons: they would start their servers again.
  for (const folder of folders.filter((one) => !isOfRecords(one))) {
    for (const state of entriesOf(folder)) endServerOf(state);
  }
}

/** kill -9 of the Temporal server that the daemon of a state folder has started, where it runs. */
export function endServerOf(stateDir: string): void {
  const record = readServerRecord(stateDir);
  if (record !== undefined) endNow(record);
}

function endNow(record: ProcessRecord): void {
  try {
    if (isAlive(record)) process.kill(record.pid, 'SIGKILL');
  } catch {
    // It has ended in this moment, or is not ours.
  }
}

const entriesOf = (folder: string): readonly string[] => {
  try {
    return fs.readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return []; // another run sweeps, too
  }
};

function readRecord(file: string): readonly ProcessRecord[] {
  try {
    return [JSON.parse(fs.readFileSync(file, 'utf8')) as ProcessRecord];
  } catch {
    return []; // cut off while it was written
  }
}
