import type { ServerStrain } from '../../run/ports.ts';

/** What MySQL and MariaDB count of their replication, and of all sessions that run a statement. */
export const mysqlStrain: ServerStrain = {
  /** Seconds_Behind_Source of MySQL 8.0.22 and newer, Seconds_Behind_Master elsewhere; the worst of its channels. A primary knows no lag. */
  async replicaLag(query) {
    const { columns, rows } = await query('SHOW REPLICA STATUS').catch(() => query('SHOW SLAVE STATUS'));
    const at = columns.findIndex((name) => /^Seconds_Behind_(Source|Master)$/.test(name));
    if (rows.length === 0 || at === -1) return { unknown: 'it is no replica; name replicas in replicas' };
    const seconds = rows.map((row) => row[at]);
    if (seconds.some((one) => one === null || one === undefined)) return { unknown: 'its replication does not run' };
    return { value: 1000 * Math.max(...seconds.map(Number)) };
  },
  async runningThreads(query) {
    const [[, value] = []] = (await query("SHOW GLOBAL STATUS LIKE 'Threads_running'")).rows;
    const count = value === undefined ? Number.NaN : Number(value);
    return Number.isNaN(count) ? { unknown: 'the server does not count them' } : { value: count };
  },
};
