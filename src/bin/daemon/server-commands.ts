import type { Io } from '../../cli/io.ts';
import { readServerRecord, removeServerRecord } from '../../temporal/embedded/server-record.ts';
import { endProcess } from '../../temporal/process-identity.ts';
import { readDaemonConfig } from './daemon-config.ts';
import { readDaemonRecord } from './state-lock.ts';

/** A daemon drains for up to 30 s. */
const DAEMON_MS = 32_000;
const TEMPORAL_MS = 8_000;

const stateFolderOf = async (io: Io, flag: string | undefined): Promise<string> =>
  (await readDaemonConfig(io, flag === undefined ? {} : { stateDir: flag })).stateDir;

/** `flotilla server status`: exit code 0 where a daemon runs, else 1. */
export async function serverStatus(io: Io, stateDirFlag: string | undefined): Promise<number> {
  const stateDir = await stateFolderOf(io, stateDirFlag);
  const daemon = readDaemonRecord(stateDir);
  const temporal = readServerRecord(stateDir);
  io.stdout(`state     ${stateDir}\n`);
  io.stdout(
    daemon === undefined
      ? 'daemon    not running\n'
      : `daemon    pid ${daemon.pid}, ${daemon.address ?? 'starting'}, version ${daemon.version}, since ${daemon.startedAt}\n`,
  );
  io.stdout(
    temporal === undefined
      ? 'temporal  not running here\n'
      : `temporal  pid ${temporal.pid}, 127.0.0.1:${temporal.port}, version ${temporal.version}, namespace ${temporal.namespace}\n`,
  );
  return daemon === undefined ? 1 : 0;
}

/** `flotilla server stop`: ends the daemon, then a Temporal server that a killed daemon left behind. */
export async function serverStop(io: Io, stateDirFlag: string | undefined): Promise<number> {
  const stateDir = await stateFolderOf(io, stateDirFlag);
  const daemon = readDaemonRecord(stateDir);
  if (daemon !== undefined) {
    await endProcess(daemon, 'SIGTERM', DAEMON_MS);
    io.stdout(`daemon    ended (pid ${daemon.pid})\n`);
  }
  const temporal = readServerRecord(stateDir);
  if (temporal !== undefined) {
    await endProcess(temporal, 'SIGINT', TEMPORAL_MS);
    removeServerRecord(stateDir);
    io.stdout(`temporal  ended (pid ${temporal.pid})\n`);
  }
  if (daemon === undefined && temporal === undefined) io.stdout('nothing was running\n');
  return 0;
}
