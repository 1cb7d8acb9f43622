import type { Throttle } from '../../config/types.ts';
import type { DatabaseUrl, Engine, SessionLimits } from '../../engine/index.ts';
import { printGoDuration } from '../../shared/go-duration.ts';

/** What throttles need of the world. */
export interface ThrottlePorts {
  readonly query: Engine['query'];
  /** The status that a GET of the address is answered with. @throws Error without a secret in it */
  readonly httpStatus: (address: string, signal: AbortSignal) => Promise<number>;
  readonly limits: SessionLimits;
}

/** What was found out: a figure, or why there is none. */
type Found = { readonly value: number } | { readonly unknown: string };

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
  const ask = async (url: DatabaseUrl, sql: string): Promise<readonly (readonly unknown[])[]> =>
    (await ports.query(url, sql, [], limitsOf(ports.limits, throttle.timeoutMs))).rows;
  switch (throttle.kind) {
    case 'replica_lag': {
      const { replicas, maxMs } = throttle;
      const asked = replicas.length > 0 ? replicas : [own];
      for (const url of asked) {
        const found = await lagOf(ports, ask, url, replicas.length > 0, throttle.timeoutMs);
        if ('unknown' in found) return `the replica lag of ${url.host} is not known: ${found.unknown}`;
        if (found.value > maxMs)
          return `the replica lag of ${url.host} is ${printGoDuration(Math.round(found.value))}, max ${printGoDuration(maxMs)}`;
      }
      return undefined;
    }
    case 'threads_running': {
      const found = await threadsOf(ask, own);
      if ('unknown' in found) return `the threads of ${own.host} are not known: ${found.unknown}`;
      return found.value > throttle.max ? `${found.value} threads run on ${own.host}, max ${throttle.max}` : undefined;
    }
    case 'sql':
      return judgeValue((await ask(throttle.url ?? own, throttle.query))[0]?.[0], throttle.max);
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

type Ask = (url: DatabaseUrl, sql: string) => Promise<readonly (readonly unknown[])[]>;

/** Without this role Postgres shows nulls for the sessions and standbys of others. */
const MAY_SEE = "pg_has_role('pg_read_all_stats', 'USAGE')";
const GRANT = 'the role may not see statistics; GRANT pg_read_all_stats to it';

/**
 * The worst of the standbys that stream from this server, in ms. replay_lag is as old as the standby's last word, so the time since then counts,
 * too, unless all has been replayed. A base backup is no standby.
 */
const STANDBYS = `SELECT ${MAY_SEE}, count(*)::int, max(CASE WHEN replay_lsn >= pg_current_wal_lsn() THEN 0 ELSE
  1000 * extract(epoch FROM coalesce(replay_lag, '0') + greatest(clock_timestamp() - reply_time, '0')) END)::float8
  FROM pg_stat_replication WHERE state IS DISTINCT FROM 'backup'`;

/** How old the newest transaction is that this standby has replayed, in ms; 0 where it streams and has replayed all it got. */
const STANDBY = `SELECT pg_is_in_recovery(), (CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
  AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
  ELSE 1000 * extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END)::float8`;

async function lagOf(
  ports: ThrottlePorts,
  ask: Ask,
  url: DatabaseUrl,
  isReplica: boolean,
  timeoutMs: number,
): Promise<Found> {
  if (url.dialect !== 'postgres') return lagOfMysql(ports, url, timeoutMs);
  if (isReplica) {
    const [[isStandby, lag] = []] = await ask(url, STANDBY);
    if (isStandby !== true) return { unknown: 'it is no standby' };
    return typeof lag === 'number' ? { value: lag } : { unknown: 'it has not replayed a transaction yet' };
  }
  const [[maySee, count, lag] = []] = await ask(url, STANDBYS);
  if (maySee !== true) return { unknown: GRANT };
  if (count === 0) return { unknown: 'no standby is connected to it; name standbys in replicas' };
  return typeof lag === 'number' ? { value: lag } : { unknown: 'its standbys have said nothing yet' };
}

/** Seconds_Behind_Source of MySQL 8.0.22 and newer, Seconds_Behind_Master elsewhere; the worst of its channels. */
async function lagOfMysql({ query, limits }: ThrottlePorts, url: DatabaseUrl, timeoutMs: number): Promise<Found> {
  const ask = (word: string) => query(url, `SHOW ${word} STATUS`, [], limitsOf(limits, timeoutMs));
  const { columns, rows } = await ask('REPLICA').catch(() => ask('SLAVE'));
  const at = columns.findIndex((name) => /^Seconds_Behind_(Source|Master)$/.test(name));
  if (rows.length === 0 || at === -1) return { unknown: 'it is no replica; name replicas in replicas' };
  const seconds = rows.map((row) => row[at]);
  if (seconds.some((one) => one === null || one === undefined)) return { unknown: 'its replication does not run' };
  return { value: 1000 * Math.max(...seconds.map(Number)) };
}

const BACKENDS = `SELECT ${MAY_SEE}, count(*)::int FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend'
  AND pid <> pg_backend_pid() AND application_name NOT LIKE 'flotilla %'`;

/** Sessions that run a statement: on Postgres those of others, on MySQL and MariaDB all, as the server counts them. */
async function threadsOf(ask: Ask, url: DatabaseUrl): Promise<Found> {
  if (url.dialect !== 'postgres') {
    const [[, value] = []] = await ask(url, "SHOW GLOBAL STATUS LIKE 'Threads_running'");
    const count = value === undefined ? Number.NaN : Number(value);
    return Number.isNaN(count) ? { unknown: 'the server does not count them' } : { value: count };
  }
  const [[maySee, count] = []] = await ask(url, BACKENDS);
  return maySee === true ? { value: Number(count) } : { unknown: GRANT };
}

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
