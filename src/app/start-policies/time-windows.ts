import type { Clock } from '../../shared/clock.ts';
import { type AllowedTimes, DAYS, type Freeze, type StartWindow } from '../../shared/start-windows.ts';
import { toInstants, toLocalMs } from '../../shared/zoned-time.ts';
import type { StartHold, StartQuestion } from './start-policy.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** An allowed time comes back within a week; its day may be one whose clocks skip it. */
const DAYS_AHEAD = 15;

type WindowQuestion = Pick<StartQuestion, 'group' | 'labels' | 'windows' | 'overridden'>;

/**
 * Freezes and allowed times (fleet.md R13). Any freeze holds; of the allowed times of a level one must be on. An override ends all of them.
 * @param everywhere windows of the daemon, beside those of the project file
 */
export const timeWindows =
  (clock: Pick<Clock, 'nowMs'>, everywhere: readonly StartWindow[]) =>
  (question: WindowQuestion): StartHold | undefined => {
    if (question.overridden) return undefined;
    const concerns = [...everywhere, ...question.windows].filter((window) => isMeant(window, question));
    if (concerns.length === 0) return undefined;
    const nowMs = clock.nowMs();
    return (
      frozen(concerns.filter(isFreeze), nowMs) ??
      // What a group allows narrows what its deployment allows.
      outside(
        concerns.filter(isAllow).filter(({ group }) => group === undefined),
        nowMs,
      ) ??
      outside(
        concerns.filter(isAllow).filter(({ group }) => group !== undefined),
        nowMs,
      )
    );
  };

const isFreeze = (window: StartWindow): window is Freeze => window.kind === 'freeze';
const isAllow = (window: StartWindow): window is AllowedTimes => window.kind === 'allow';

const isMeant = (window: StartWindow, { group, labels }: WindowQuestion): boolean =>
  (window.group === undefined || window.group === group) &&
  Object.entries(window.labels).every(([name, value]) => labels[name] === value);

/** The freeze that lasts longest, of those that are on. */
function frozen(freezes: readonly Freeze[], nowMs: number): StartHold | undefined {
  const on = freezes.filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
  const last = on.toSorted((a, b) => b.toMs - a.toMs)[0];
  if (last === undefined) return undefined;
  const { name, toMs, zone } = last;
  return { policy: 'freeze', reason: `freeze "${name}" until ${timeIn(toMs, zone)}`, untilMs: toMs };
}

function outside(allowed: readonly AllowedTimes[], nowMs: number): StartHold | undefined {
  if (allowed.length === 0 || allowed.some((window) => isOn(window, nowMs))) return undefined;
  const next = allowed
    .map((window) => ({ untilMs: nextBeginning(window, nowMs), zone: window.zone }))
    .toSorted((a, b) => a.untilMs - b.untilMs)[0];
  if (next === undefined) return undefined;
  const { untilMs, zone } = next;
  return { policy: 'allowed_times', reason: `outside of the allowed times until ${timeIn(untilMs, zone)}`, untilMs };
}

/** By what the clocks show: an hour that they show twice counts twice. */
function isOn({ days, fromMinute, toMinute, zone }: AllowedTimes, nowMs: number): boolean {
  const local = toLocalMs(nowMs, zone);
  const minute = Math.floor((local % DAY_MS) / MINUTE_MS);
  const beginsOn = (dayMs: number): boolean => days.includes(DAYS[new Date(dayMs).getUTCDay()] ?? 'sun');
  if (fromMinute < toMinute) return beginsOn(local) && fromMinute <= minute && minute < toMinute;
  return (beginsOn(local) && minute >= fromMinute) || (beginsOn(local - DAY_MS) && minute < toMinute);
}

function nextBeginning(window: AllowedTimes, nowMs: number): number {
  const local = toLocalMs(nowMs, window.zone);
  const midnight = local - (local % DAY_MS);
  for (let day = 0; day <= DAYS_AHEAD; day++) {
    const begin = midnight + day * DAY_MS + window.fromMinute * MINUTE_MS;
    const { first, second } = toInstants(begin, window.zone);
    const next = [first, second].find((instant) => instant > nowMs && isOn(window, instant));
    if (next !== undefined) return next;
  }
  return nowMs + DAY_MS;
}

/** `2026-11-30 06:00 America/New_York`. */
const timeIn = (instantMs: number, zone: string): string =>
  `${new Date(toLocalMs(instantMs, zone)).toISOString().slice(0, 16).replace('T', ' ')} ${zone}`;
