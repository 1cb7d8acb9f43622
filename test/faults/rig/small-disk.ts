/** A file system that is small enough to be filled: a tmpfs of its own, which no other process of the machine writes to. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onEnd } from '../../support/at-end.ts';
import { type RunAs, runToEnd } from '../../support/child-process.ts';
import { NotPermitted } from '../../support/provision.ts';

export interface SmallDisk {
  readonly dir: string;
  /** Takes every byte that is left. What is written there from now on meets ENOSPC. */
  fill(): void;
  makeRoom(): void;
  /** Removes all that is on it. */
  clear(): void;
  unmount(): void;
}

/** Not the prefix of other throw-away folders: who sweeps those cannot remove what is mounted. */
const PREFIX = 'flotilla-disk';

/**
 * @param owner who may write there, beside root
 * @throws NotPermitted where this process may not mount
 */
export function mountSmallDisk(megabytes: number, owner: RunAs = {}): SmallDisk {
  unmountLeftovers();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `${PREFIX}-${process.pid}-`));
  try {
    runToEnd('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', dir]);
  } catch (error) {
    fs.rmdirSync(dir);
    const why = error instanceof Error ? error.message : String(error);
    throw new NotPermitted('a small disk', [`mount -t tmpfs (it needs root): ${why}`]);
  }
  if (owner.uid !== undefined && owner.gid !== undefined) fs.chownSync(dir, owner.uid, owner.gid);
  const ballast = path.join(dir, 'ballast');
  const unmount = (): void => void unmountAndRemove(dir);
  onEnd(unmount);
  return {
    dir,
    fill() {
      const file = fs.openSync(ballast, 'a');
      try {
        for (let chunk = Buffer.alloc(65_536); chunk.length > 0; ) {
          try {
            fs.writeSync(file, chunk);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
            chunk = chunk.subarray(0, Math.floor(chunk.length / 2));
          }
        }
      } finally {
        fs.closeSync(file);
      }
    },
    makeRoom: () => fs.rmSync(ballast, { force: true }),
    clear() {
      for (const name of fs.readdirSync(dir)) fs.rmSync(path.join(dir, name), { recursive: true, force: true });
    },
    unmount,
  };
}

/** Lazily: a process that was just ended may hold a file for a moment. */
function unmountAndRemove(dir: string): void {
  if (!fs.existsSync(dir)) return;
  runToEnd('umount', ['-l', dir]);
  fs.rmdirSync(dir);
}

/** Of runs that were ended by kill -9. */
function unmountLeftovers(): void {
  for (const name of fs.readdirSync(os.tmpdir())) {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || fs.existsSync(`/proc/${pid}`)) continue;
    unmountAndRemove(path.join(os.tmpdir(), name));
  }
}
