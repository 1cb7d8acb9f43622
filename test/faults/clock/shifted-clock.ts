/**
 * Loaded into a process of ours by `node --import`: its wall clock is the machine's plus what the file of RIG_CLOCK_FILE says, in
 * milliseconds, from now on. As where an operator or NTP sets a clock, what measures durations (`performance.now`, timers) is not moved.
 */
import fs from 'node:fs';

const READ_EVERY_MS = 5;
const file = process.env.RIG_CLOCK_FILE ?? '';
const machineNow = Date.now;
let shiftMs = 0;
let readAt = Number.NEGATIVE_INFINITY;

function shift(): number {
  const at = performance.now();
  if (at - readAt < READ_EVERY_MS) return shiftMs;
  readAt = at;
  try {
    shiftMs = Number(fs.readFileSync(file, 'utf8'));
  } catch {
    // Not written yet.
  }
  return shiftMs;
}

const now = (): number => machineNow() + shift();

globalThis.Date = new Proxy(Date, {
  construct: (target, values, newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
  apply: (target) => new target(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
