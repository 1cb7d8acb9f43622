/** When targets may be started: freezes and allowed times, as the project file and flotilla.yaml have them. */
import { toInstants } from './zoned-time.ts';

/** Sunday first, as the calendar of JavaScript has it. */
export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Day = (typeof DAYS)[number];

interface WindowScope {
  /** Missing: all groups of the deployment. */
  readonly group?: string;
  /** Targets that have all of these labels; none: all targets. */
  readonly labels: Readonly<Record<string, string>>;
  /** IANA. */
  readonly zone: string;
}

/** Nothing starts from `fromMs` until before `toMs` (instants). */
export interface Freeze extends WindowScope {
  readonly kind: 'freeze';
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Starts are allowed on these days between two times of the zone's clocks; from > to: until that time of the next day. */
export interface AllowedTimes extends WindowScope {
  readonly kind: 'allow';
  readonly days: readonly Day[];
  /** Minutes after midnight, 0 to 1440. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

export type StartWindow = Freeze | AllowedTimes;

/** The instants between two local times. Of a time that is shown twice, the reading that makes the freeze longer. */
export const freezeBetween = (from: number, to: number, zone: string): Pick<Freeze, 'fromMs' | 'toMs'> => ({
  fromMs: toInstants(from, zone).first,
  toMs: toInstants(to, zone).second,
});
