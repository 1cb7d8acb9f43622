import { hasColour, type Io } from '../../cli/io.ts';
import { VERSION } from '../../cli/version.ts';
import { createLog } from '../../observability/log.ts';
import { systemClock } from '../system-clock.ts';
import { readDaemonConfig, type ServeFlags } from './daemon-config.ts';
import { createProjectFolders } from './project-folders.ts';
import { runDaemon } from './run-daemon.ts';

/** Whatever hangs at the end, the process is gone within 30 s of the signal. */
const STOP_MS = 28_000;

/** `flotilla serve`: until it is told to end (exit code 0) or a worker fails (1). */
export async function serve(io: Io, flags: ServeFlags): Promise<number> {
  const began = performance.now();
  const config = await readDaemonConfig(io, flags);
  const log = createLog({ ...config.log, colorize: hasColour(io) });
  const daemon = await runDaemon({
    config,
    version: VERSION,
    env: { ...io.env },
    clock: systemClock,
    log,
    projects: (engine) =>
      createProjectFolders(config.projects, {
        env: io.env,
        query: (url, sql, args) => engine.query(url, sql, args, config.limits),
      }),
    keepTemporal: flags.keepTemporal === true,
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { temporal } = daemon;
  io.stdout(
    [
      `flotilla ${VERSION} serves ${daemon.address}  (ready in ${seconds} s)`,
      `  projects  ${[...config.projects.keys()].join(', ') || 'none'}`,
      `  temporal  ${temporal.address}${temporal.version === undefined ? '' : ` (own, ${temporal.version})`}`,
      `  state     ${config.stateDir}`,
      `next  FLOTILLA_ADDR=${daemon.address} flotilla rollout plan --project NAME --env ENV`,
      '',
    ].join('\n'),
  );
  const told = Promise.withResolvers<undefined>();
  io.signal.addEventListener('abort', () => told.resolve(undefined), { once: true });
  if (io.signal.aborted) told.resolve(undefined);
  const failure = await Promise.race([told.promise, daemon.failed]);
  if (failure !== undefined) log('error', 'a worker has failed; the daemon ends', { err: failure });

  const hung = setTimeout(() => {
    log('error', `the daemon did not end within ${STOP_MS / 1000} s; it is ended now`);
    process.exit(1);
  }, STOP_MS);
  await daemon.stop();
  clearTimeout(hung);
  return failure === undefined ? 0 : 1;
}
