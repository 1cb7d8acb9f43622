import type { Throttle } from '../../config/types.ts';
import type { DatabaseUrl } from '../../engine/index.ts';
import type { Clock } from '../../shared/clock.ts';
import { printGoDuration } from '../../shared/go-duration.ts';
import type { StartHold, StartPolicy } from './start-policy.ts';
import { probeThrottle, type ThrottlePorts } from './throttle-probe.ts';

/** The longer it holds, the less often slices come to ask: a quarter of that time, up to this. */
const LONGEST_WAIT_MS = 10_000;
/** A reason whose figures change is said anew after this long: people see it, and nothing is written each second. */
const SAY_AGAIN_MS = 30_000;
/** A hold that nobody has asked about for so long is over for all that is known. */
const FORGOTTEN_MS = 60_000;
const MOST_READINGS = 1_000;

/** The newest answer to a throttle, on a host or in a fixed place. */
interface Reading {
  readonly askedMs: number;
  readonly answer: Promise<string | undefined>;
  isPending: boolean;
  /** Since when it holds, and what was said of it when. */
  held?: { readonly sinceMs: number; readonly reason: string; readonly saidMs: number };
}

/**
 * Throttles of the project file (fleet.md R15): any one holds. Each is asked at most every `everyMs` in this process, over all targets and
 * rollouts; whoever comes meanwhile shares the answer. No answer is a reason to wait.
 */
export function throttles(ports: ThrottlePorts & { readonly clock: Clock }): StartPolicy {
  const { clock } = ports;
  const readings = new Map<string, Reading>();

  const read = async (throttle: Throttle, url: DatabaseUrl): Promise<string | undefined> => {
    const late = new AbortController();
    const overdue = clock.sleep(throttle.timeoutMs, late.signal).then(
      () => `no answer within ${printGoDuration(throttle.timeoutMs)}`,
      () => undefined,
    );
    const probe = probeThrottle(ports, throttle, url, AbortSignal.timeout(throttle.timeoutMs)).catch(
      (error: unknown) => `not known: ${error instanceof Error ? error.message : 'a thrown value'}`,
    );
    try {
      return await Promise.race([probe, overdue]);
    } finally {
      late.abort();
    }
  };

  const ask = async (throttle: Throttle, url: DatabaseUrl): Promise<StartHold | undefined> => {
    const key = keyOf(throttle, url);
    const before = readings.get(key);
    const nowMs = clock.monotonicMs();
    let reading = before;
    if (reading === undefined || (!reading.isPending && nowMs - reading.askedMs >= throttle.everyMs)) {
      const began: Reading = { askedMs: nowMs, answer: read(throttle, url), isPending: true };
      const isFresh = before !== undefined && nowMs - before.askedMs < FORGOTTEN_MS;
      if (isFresh && before.held !== undefined) began.held = before.held;
      if (readings.size > MOST_READINGS) dropOld(readings, nowMs);
      readings.set(key, began);
      reading = began;
    }
    const reason = await reading.answer;
    reading.isPending = false;
    if (reason === undefined) {
      delete reading.held;
      return undefined;
    }
    return holdOf(throttle, reading, throttle.mask(reason));
  };

  const holdOf = (throttle: Throttle, reading: Reading, reason: string): StartHold => {
    const nowMs = clock.monotonicMs();
    const { held } = reading;
    const isSame = held !== undefined && shapeOf(held.reason) === shapeOf(reason) && nowMs - held.saidMs < SAY_AGAIN_MS;
    const said = isSame ? held : { sinceMs: held?.sinceMs ?? nowMs, reason, saidMs: nowMs };
    reading.held = said;
    const waitMs = Math.max(throttle.everyMs, Math.min(LONGEST_WAIT_MS, (nowMs - said.sinceMs) / 4));
    return {
      policy: throttle.kind,
      reason: `throttle "${throttle.name}": ${said.reason}`,
      untilMs: clock.nowMs() + waitMs,
      scope: isOfHost(throttle) ? 'host' : 'group',
    };
  };

  return async ({ group, throttles: all, lifted, url }) => {
    const isMeant = (throttle: Throttle): boolean =>
      (throttle.group === undefined || throttle.group === group) && !lifted.includes(throttle.name);
    const asked = all.filter(isMeant);
    if (asked.length === 0) return undefined;
    const holds = (await Promise.all(asked.map((throttle) => ask(throttle, url)))).filter((hold) => hold !== undefined);
    // One that holds all goes before one that holds a host; each is said.
    const [first, ...more] = holds.toSorted((a, b) => Number(a.scope === 'host') - Number(b.scope === 'host'));
    if (first === undefined || more.length === 0) return first;
    return { ...first, reason: [first, ...more].map(({ reason }) => reason).join('; ') };
  };
}

/** What is asked on the target's own server holds that host alone. */
export const isOfHost = (throttle: Throttle): boolean =>
  throttle.kind === 'threads_running' ||
  (throttle.kind === 'replica_lag' && throttle.replicas.length === 0) ||
  (throttle.kind === 'sql' && throttle.url === undefined);

/** Equal for what would be asked in the same words in the same place. Holds secrets: stays in memory. */
function keyOf(throttle: Throttle, own: DatabaseUrl): string {
  const { mask: _, name: _name, group: _group, ...asked } = throttle;
  const place = isOfHost(throttle) ? [own.dialect, own.host] : [];
  const urls = 'replicas' in throttle ? throttle.replicas : 'url' in throttle ? [throttle.url] : [];
  return JSON.stringify([asked, place, urls.map((url) => url?.reveal())]);
}

const shapeOf = (reason: string): string => reason.replaceAll(/\d+(?:\.\d+)?/g, '#');

function dropOld(readings: Map<string, Reading>, nowMs: number): void {
  for (const [key, { askedMs }] of readings) if (nowMs - askedMs > FORGOTTEN_MS) readings.delete(key);
}
