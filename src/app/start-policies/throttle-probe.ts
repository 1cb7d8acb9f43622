import type { Throttle } from '../../config/types.ts';
import type { DatabaseUrl, Engine, SessionLimits } from '../../engine/index.ts';
import { printGoDuration } from '../../shared/go-duration.ts';

/** What throttles need of the world. */
export interface ThrottlePorts {
  readonly engine: Pick<Engine, 'query' | 'replicaLag' | 'runningThreads'>;
  /** The status that a GET of the address is answered with. @throws Error without a secret in it */
  readonly httpStatus: (address: string, signal: AbortSignal) => Promise<number>;
  readonly limits: SessionLimits;
}

/**
 * Why a throttle holds; undefined: it does not. What cannot be found out holds: a lag that is not known is not "no lag".
 * @param own the target that is about to start, for what is asked on its own server
 * @throws what the ports throw
 */
export async function probeThrottle(
  ports: ThrottlePorts,
  throttle: Throttle,
  own: DatabaseUrl,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { engine } = ports;
  const limits = limitsOf(ports.limits, throttle.timeoutMs);
  switch (throttle.kind) {
    case 'replica_lag': {
      const { replicas, maxMs } = throttle;
      const isReplica = replicas.length > 0;
      for (const url of isReplica ? replicas : [own]) {
        const found = await engine.replicaLag(url, isReplica, limits);
        if ('unknown' in found) return `the replica lag of ${url.host} is not known: ${found.unknown}`;
        if (found.value > maxMs)
          return `the replica lag of ${url.host} is ${printGoDuration(Math.round(found.value))}, max ${printGoDuration(maxMs)}`;
      }
      return undefined;
    }
    case 'threads_running': {
      const found = await engine.runningThreads(own, limits);
      if ('unknown' in found) return `the threads of ${own.host} are not known: ${found.unknown}`;
      return found.value > throttle.max ? `${found.value} threads run on ${own.host}, max ${throttle.max}` : undefined;
    }
    case 'sql': {
      const { rows } = await engine.query(throttle.url ?? own, throttle.query, [], limits);
      return judgeValue(rows[0]?.[0], throttle.max);
    }
    case 'http': {
      const status = await ports.httpStatus(throttle.url.reveal(), signal);
      return status === 200 ? undefined : `${throttle.url.redacted} answers ${status}`;
    }
  }
}

const limitsOf = (limits: SessionLimits, timeoutMs: number): SessionLimits => ({
  ...limits,
  connectTimeoutMs: Math.min(limits.connectTimeoutMs, timeoutMs),
  statementTimeoutMs: Math.min(limits.statementTimeoutMs, timeoutMs),
});

const TRUE_WORDS = ['t', 'true', 'y', 'yes', 'on'];
const FALSE_WORDS = ['f', 'false', 'n', 'no', 'off', ''];

/** One value: above `max`, or without it one that stands for true. None is not an answer. */
function judgeValue(value: unknown, max: number | undefined): string | undefined {
  if (value === null || value === undefined) return 'its query gives no value';
  const text = String(value).trim().toLowerCase();
  const number = value === true ? 1 : value === false ? 0 : text === '' ? Number.NaN : Number(text);
  if (max !== undefined) {
    if (Number.isNaN(number)) return 'its query gives no number';
    return number > max ? `its query gives ${number}, max ${max}` : undefined;
  }
  if (FALSE_WORDS.includes(text) || number === 0) return undefined;
  if (TRUE_WORDS.includes(text) || !Number.isNaN(number)) return `its query gives ${text}`;
  return 'its query gives neither true nor false';
}
