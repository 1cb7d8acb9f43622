import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onEnd } from './at-end.ts';
import { endLeftOvers, PREFIX } from './process-records.ts';

let swept = false;

/**
 * A new empty folder below the system's temporary folder, readable by the users that servers run as. It ends with this process: each
 * cluster of Postgres takes half a gigabyte, and runs that are stopped half way would fill the disk. What a process has left that was
 * ended by kill -9 goes with the next that asks for a folder, and so do the servers and daemons that still run in it.
 */
export function throwAwayFolder(name: string): string {
  if (!swept) sweep();
  swept = true;
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `${PREFIX}-${process.pid}-${name}-`));
  fs.chmodSync(dir, 0o755);
  onEnd(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  return dir;
}

/**
 * A folder that this process from now on takes for the system's temporary one. Atlas's lock on a SQLite file is there, under one name for
 * all files and all programs of the machine: another run would hold it, and is not waited for.
 */
export function takeTemporaryFolder(name: string): string {
  const folder = throwAwayFolder(name);
  process.env.TMPDIR = folder;
  return folder;
}

function sweep(): void {
  const found = fs.readdirSync(os.tmpdir()).flatMap((entry) => {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(entry)?.[1];
    return pid === undefined || isAlive(Number(pid)) ? [] : [{ pid, folder: path.join(os.tmpdir(), entry) }];
  });
  for (const ofOne of Map.groupBy(found, ({ pid }) => pid).values()) {
    endLeftOvers(ofOne.map(({ folder }) => folder));
    for (const { folder } of ofOne) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
