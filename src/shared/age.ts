import { parseGoDuration } from './go-duration.ts';

const DAY_MS = 86_400_000;

/** An age as people give it for things that are kept: whole days (`90d`), or a duration in Go's notation (`36h`). In milliseconds; undefined where it is none. */
export function parseAge(text: string): number | undefined {
  const days = /^(\d{1,5})d$/.exec(text.trim())?.[1];
  const ms = days === undefined ? parseGoDuration(text.trim()) : Number(days) * DAY_MS;
  return ms !== undefined && ms >= 0 ? ms : undefined;
}
