import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '../../../shared/clock.ts';
import { DriverError } from '../../run/ports.ts';
import type { ApplyOptions } from '../../run/types.ts';
import { atlasLockPath, type HeldLockFile, isLockFileHeld, takeLockFile } from './atlas-lock-file.ts';
import type { SqliteDsn } from './sqlite-dsn.ts';

/** Locks are put off while they are held, so that one of a killed process is soon free. */
const LEASE_MS = 10_000;

/** The locks of one session on a file. */
export interface TargetLocks {
  /** Scope `atlas`: takes Atlas's lock file. Scope `target`: sees that nobody holds it. Rejects at once with `lock-held`, as Atlas does. */
  take(lock: ApplyOptions['lock']): void;
  /**
   * For statements outside of a transaction, where no BEGIN IMMEDIATE keeps others out: a lock file of our own.
   * Gives true where it was taken just now.
   */
  takeOwn(): boolean;
  giveUp(): void;
}

export function createTargetLocks(dsn: SqliteDsn, clock: Clock, tmp: string = os.tmpdir()): TargetLocks {
  const held: HeldLockFile[] = [];
  let isExclusive = false;
  let timer: NodeJS.Timeout | undefined;

  const hold = (file: string, leaseMs: number): boolean => {
    const lock = takeLockFile(file, clock.nowMs(), clock.nowMs() + leaseMs);
    if (lock === undefined) return false;
    held.push(lock);
    timer ??= setInterval(() => {
      for (const one of held) one.renew(clock.nowMs() + leaseMs);
    }, leaseMs / 3).unref();
    return true;
  };

  return {
    take({ scope, name, waitMs }) {
      if (isExclusive) return;
      const file = atlasLockPath(tmp, name, dsn.text);
      if (scope === 'atlas') isExclusive = hold(file, Math.max(waitMs, LEASE_MS));
      if (scope === 'atlas' ? !isExclusive : isLockFileHeld(file, clock.nowMs())) throw taken(name, file);
    },
    takeOwn() {
      if (isExclusive || dsn.file === undefined) return false;
      const digest = createHash('sha256').update(dsn.file).digest('hex').slice(0, 32);
      if (!hold(path.join(tmp, `flotilla_${digest}.lock`), LEASE_MS)) throw taken('flotilla', dsn.file);
      isExclusive = true;
      return true;
    },
    giveUp() {
      clearInterval(timer);
      timer = undefined;
      for (const one of held.splice(0)) one.giveUp();
      isExclusive = false;
    },
  };
}

const taken = (name: string, file: string): DriverError =>
  new DriverError('lock-held', `sql/sqlite: lock on "${name}" already taken`, { class: 'lock', blocker: file });
