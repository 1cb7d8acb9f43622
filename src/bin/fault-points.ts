import { FAULT_POINTS, NO_FAULTS, type ReachFaultPoint } from '../shared/fault-points.ts';

/**
 * For the fault rig only: `FLOTILLA_TEST_KILL_AT=statement-landed:3` ends this process with SIGKILL when it reaches that place for the third
 * time. Without the variable nothing is counted.
 */
export function faultPointsOf(env: NodeJS.ProcessEnv): ReachFaultPoint {
  const wanted = env.FLOTILLA_TEST_KILL_AT;
  if (wanted === undefined || wanted === '') return NO_FAULTS;
  const [name, count = '1'] = wanted.split(':');
  if (!FAULT_POINTS.some((point) => point === name)) {
    throw new Error(`FLOTILLA_TEST_KILL_AT names no fault point "${name}"; there are ${FAULT_POINTS.join(', ')}`);
  }
  let left = Number(count);
  return (point) => {
    if (point !== name) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
