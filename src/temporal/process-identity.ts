import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/**
 * Tells one process from another that got its number later: boot and start time on Linux, start time elsewhere.
 * @returns undefined where no such process lives (a zombie does not)
 */
export function processIdentity(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (fs.existsSync('/proc/self/stat')) {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name, in parentheses, may hold anything; the fields after it are fixed: state is the 3rd, start time the 22nd (proc(5)).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
      return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return started === '' ? undefined : started;
  } catch {
    return undefined;
  }
}

/** A process as written to a pid file. */
export interface ProcessRecord {
  readonly pid: number;
  readonly identity: string;
}

export const isAlive = (record: ProcessRecord): boolean => processIdentity(record.pid) === record.identity;

/** Signals the process if it is still the one that was recorded. */
function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): boolean {
  if (!isAlive(record)) return false;
  try {
    process.kill(record.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Asks the process to end, and ends it after `graceMs`. Resolves once it is gone. */
export async function endProcess(record: ProcessRecord, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (!signalProcess(record, signal)) return;
  const deadline = performance.now() + graceMs;
  let killed = false;
  while (isAlive(record)) {
    if (!killed && performance.now() >= deadline) {
      signalProcess(record, 'SIGKILL');
      killed = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
