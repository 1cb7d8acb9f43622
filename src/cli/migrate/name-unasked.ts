import type { DeploymentConfig } from '../../config/types.ts';

/**
 * What the deployment says of when targets may be started, and this command does not ask; undefined: it says nothing of it. Windows, throttles and
 * the cap hold rollouts: here somebody sits before the screen, and nobody could override or lift them.
 */
export function nameUnasked({ windows, throttles = [], maxPerHour }: DeploymentConfig): string | undefined {
  const unasked = [
    ...windows.flatMap((window) => (window.kind === 'freeze' ? [`freeze "${window.name}"`] : [])),
    ...(windows.some(({ kind }) => kind === 'allow') ? ['allowed times'] : []),
    ...throttles.map(({ name }) => `throttle "${name}"`),
    ...(maxPerHour === undefined ? [] : [`max_per_hour = ${maxPerHour}`]),
  ];
  if (unasked.length === 0) return undefined;
  return `note: migrate apply does not ask ${[...new Set(unasked)].join(', ')}: they hold rollouts; next: flotilla rollout start\n`;
}
