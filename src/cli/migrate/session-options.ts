import { DEFAULT_LIMITS, type DownOptions } from '../../engine/index.ts';
import type { Settings } from './flags.ts';

/** Postgres cuts application_name here. */
const MAX_SESSION_NAME = 63;
/** Enough to bear with a busy table for as long as `--lock-timeout` bears with another migration. */
const LOCK_RETRIES = 20;

/**
 * How a verb that changes a target locks it, names its session and bears with others.
 * @param isOfFleet one of several: its locks must not make others on the same server wait
 */
export const sessionOptions = (
  verb: 'apply' | 'down',
  { id, lockName, lockTimeoutMs }: Settings,
  isOfFleet: boolean,
): Pick<DownOptions, 'lock' | 'limits' | 'sessionName' | 'lockRetries'> => ({
  lock: { scope: isOfFleet ? 'target' : 'atlas', name: lockName, waitMs: lockTimeoutMs },
  limits: DEFAULT_LIMITS,
  sessionName: `flotilla migrate ${verb} ${id}`.slice(0, MAX_SESSION_NAME),
  lockRetries: LOCK_RETRIES,
});
