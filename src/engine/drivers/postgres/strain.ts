import type { ServerStrain } from '../../run/ports.ts';

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

const BACKENDS = `SELECT ${MAY_SEE}, count(*)::int FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend'
  AND pid <> pg_backend_pid() AND application_name NOT LIKE 'flotilla %'`;

/** What Postgres counts of its standbys, and of the sessions of others. */
export const postgresStrain: ServerStrain = {
  async replicaLag(query, isReplica) {
    if (isReplica) {
      const [[isStandby, lag] = []] = (await query(STANDBY)).rows;
      if (isStandby !== true) return { unknown: 'it is no standby' };
      return typeof lag === 'number' ? { value: lag } : { unknown: 'it has not replayed a transaction yet' };
    }
    const [[maySee, count, lag] = []] = (await query(STANDBYS)).rows;
    if (maySee !== true) return { unknown: GRANT };
    if (count === 0) return { unknown: 'no standby is connected to it; name standbys in replicas' };
    return typeof lag === 'number' ? { value: lag } : { unknown: 'its standbys have said nothing yet' };
  },
  async runningThreads(query) {
    const [[maySee, count] = []] = (await query(BACKENDS)).rows;
    return maySee === true ? { value: Number(count) } : { unknown: GRANT };
  },
};
