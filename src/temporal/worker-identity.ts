import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { processIdentity } from './process-identity.ts';

/**
 * What Temporal shows for the workers of this process, and what tells other processes of the machine later whether it still lives:
 * `flotilla/<version>/<host>/<pid>/<where>-<start>`. Where: boot and pid namespace, hashed, since a number says nothing about a process
 * that one cannot see (another container, another machine of the same name).
 */
export function workerIdentity(version: string): string {
  const base = `flotilla/${version}/${os.hostname()}/${process.pid}`;
  const mark = markOf(process.pid);
  return mark === undefined ? base : `${base}/${mark}`;
}

/** Whether the process that has this identity is known to have ended. False where nobody here can tell. */
export function isWorkerGone(identity: string): boolean {
  const [, host, pid, where, start] = /^flotilla\/[^/]*\/([^/]*)\/(\d+)\/([0-9a-f]+)-(\d+)$/.exec(identity) ?? [];
  if (host !== os.hostname() || where === undefined || where !== placeOf()) return false;
  return markOf(Number(pid)) !== `${where}-${start}`;
}

/** undefined where no such process lives, or the system does not say. */
function markOf(pid: number): string | undefined {
  const place = placeOf();
  const start = processIdentity(pid)?.split(':')[1];
  return place === undefined || start === undefined ? undefined : `${place}-${start}`;
}

/** Processes of one boot and one pid namespace see each other by their numbers. Linux only. */
function placeOf(): string | undefined {
  try {
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = fs.readlinkSync('/proc/self/ns/pid'); // pid:[4026531836]
    return createHash('sha256').update(`${boot} ${namespace}`).digest('hex').slice(0, 12);
  } catch {
    return undefined;
  }
}
