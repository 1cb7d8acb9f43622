import type { Throttle } from '../../config/types.ts';
import { printGoDuration } from '../../shared/go-duration.ts';
import type { PlanView } from '../../shared/wire.ts';
import { isOfHost } from '../start-policies/throttles.ts';

/** The throttles of a deployment as a plan shows them: no secret in them. */
export const viewThrottles = (throttles: readonly Throttle[]): NonNullable<PlanView['throttles']> =>
  throttles.map((throttle) => ({
    name: throttle.name,
    kind: throttle.kind,
    ...(throttle.group === undefined ? {} : { group: throttle.group }),
    holds: isOfHost(throttle) ? 'host' : 'group',
    when: whenOf(throttle),
    asked: placesOf(throttle),
    every: printGoDuration(throttle.everyMs),
  }));

function whenOf(throttle: Throttle): string {
  switch (throttle.kind) {
    case 'replica_lag':
      return `the lag is above ${printGoDuration(throttle.maxMs)}`;
    case 'threads_running':
      return `more than ${throttle.max} threads run`;
    case 'sql':
      return throttle.max === undefined ? 'its query gives true' : `its query gives more than ${throttle.max}`;
    case 'http':
      return 'the answer is not 200';
  }
}

function placesOf(throttle: Throttle): readonly string[] {
  const urls = 'replicas' in throttle ? throttle.replicas : 'url' in throttle ? [throttle.url] : [];
  return urls.flatMap((url) => url?.redacted ?? []);
}
