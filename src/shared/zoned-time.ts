/**
 * Local times of IANA zones, by the rules that come with the runtime (Intl). A local time is held as the milliseconds that the same reading
 * of the clock would be in UTC.
 */
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for a zone that is not known */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, made);
  return made;
}

export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of the zone show at an instant, to the second. @throws RangeError for a zone that is not known */
export function toLocalMs(instantMs: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/**
 * The instants at which the clocks of the zone show a local time: the same twice on nearly every day. Shown twice (clocks set back): the first
 * and the second. Never shown (clocks set forward): as long after the jump as it lies after the jump's beginning, 02:30 becomes 03:30, as
 * RFC 5545 section 3.3.5 and Temporal's `compatible` have it.
 */
export function toInstants(localMs: number, zone: string): { readonly first: number; readonly second: number } {
  const offsetAt = (instantMs: number): number =>
    toLocalMs(instantMs, zone) - Math.floor(instantMs / SECOND_MS) * SECOND_MS;
  const before = offsetAt(localMs - DAY_MS);
  const after = offsetAt(localMs + DAY_MS);
  const shown = [before, after].filter((offset) => offsetAt(localMs - offset) === offset);
  const offsets = shown.length === 0 ? [before] : shown;
  return { first: localMs - Math.max(...offsets), second: localMs - Math.min(...offsets) };
}

/** `2026-11-27T00:00`, with seconds or without, as a local time; undefined for what is none. */
export function parseLocalTime(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)$/.exec(text);
  const date = match?.[1] ?? '';
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // 30 February would be read as a day of March.
  if (match === null || Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) return undefined;
  return Date.parse(`${date}T${match[2]}Z`);
}
