import { parseGoDuration } from '../../../shared/go-duration.ts';
import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { STRING } from '../values/type.ts';
import { string } from '../values/value.ts';
import { define, type FunctionTable, text, textAt } from './define.ts';

export const DATE_FUNCTIONS: FunctionTable = {
  formatdate: define([text('format'), text('time')], STRING, (args) =>
    string(formatDate(textAt(args, 0), parseTimestamp(textAt(args, 1), 1))),
  ),
  timeadd: define([text('timestamp'), text('duration')], STRING, (args) => {
    const time = parseTimestamp(textAt(args, 0), 0);
    const duration = parseGoDuration(textAt(args, 1));
    if (duration === undefined)
      throw new FunctionFailure(`not a valid duration string, like "1h30m": ${JSON.stringify(textAt(args, 1))}`, 1);
    const moved = splitTime(time.epochMs + time.belowMs + duration, time.offsetMinutes);
    return string(formatDate("YYYY-MM-DD'T'hh:mm:ssZ", moved));
  }),
};

interface Time {
  readonly epochMs: number;
  /** What is left below the millisecond, in milliseconds. */
  readonly belowMs: number;
  readonly offsetMinutes: number;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|([+-])(\d\d):(\d\d))$/;
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const VERB = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g;

function splitTime(ms: number, offsetMinutes: number): Time {
  const epochMs = Math.floor(ms);
  return { epochMs, belowMs: ms - epochMs, offsetMinutes };
}

function parseTimestamp(value: string, argument: number): Time {
  const bad = (why: string) => new FunctionFailure(`not a valid RFC3339 timestamp: ${why}`, argument);
  const match = RFC3339.exec(value);
  if (match === null) throw bad(`${JSON.stringify(value)} has not the form 2006-01-02T15:04:05Z`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const utc = Date.UTC(2000, month - 1, day, hour, minute, second);
  const date = new Date(utc);
  // 2000 stands in for the year, because Date.UTC takes 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!isReal) throw bad(`${JSON.stringify(value)} is no real date and time`);
  const sign = match[9] === '-' ? -1 : 1;
  const offsetMinutes = match[9] === undefined ? 0 : sign * (Number(match[10]) * 60 + Number(match[11]));
  const fraction = Number(match[7] ?? 0) * 1000;
  return splitTime(date.getTime() - offsetMinutes * 60_000 + fraction, offsetMinutes);
}

/** cty's verbs: YYYY YY MMMM MMM MM M DD D EEEE EEE hh h HH H AA aa mm m ss s ZZZZZ ZZZZ ZZZ Z, text in single quotes. */
function formatDate(format: string, time: Time): string {
  const local = new Date(time.epochMs + time.offsetMinutes * 60_000);
  return format.replace(VERB, (whole, quoted: string | undefined, letter: string | undefined) => {
    if (quoted !== undefined) return quoted.replaceAll("''", "'");
    if (whole === "'") throw new FunctionFailure("unterminated literal '", 0);
    if (letter === undefined) return whole;
    const shown = verb(whole, local, time.offsetMinutes);
    if (shown === undefined) throw new FunctionFailure(`invalid date format verb ${JSON.stringify(whole)}`, 0);
    return shown;
  });
}

function verb(name: string, local: Date, offset: number): string | undefined {
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = local.getUTCHours();
  const month = MONTHS[local.getUTCMonth()] ?? '';
  const day = DAYS[local.getUTCDay()] ?? '';
  const verbs: Readonly<Record<string, string>> = {
    YYYY: String(local.getUTCFullYear()).padStart(4, '0'),
    YY: two(local.getUTCFullYear() % 100),
    MMMM: month,
    MMM: month.slice(0, 3),
    MM: two(local.getUTCMonth() + 1),
    M: String(local.getUTCMonth() + 1),
    DD: two(local.getUTCDate()),
    D: String(local.getUTCDate()),
    EEEE: day,
    EEE: day.slice(0, 3),
    hh: two(hours),
    h: String(hours),
    HH: two(hours % 12 === 0 ? 12 : hours % 12),
    H: String(hours % 12 === 0 ? 12 : hours % 12),
    AA: hours < 12 ? 'AM' : 'PM',
    aa: hours < 12 ? 'am' : 'pm',
    mm: two(local.getUTCMinutes()),
    m: String(local.getUTCMinutes()),
    ss: two(local.getUTCSeconds()),
    s: String(local.getUTCSeconds()),
    ZZZZZ: zone(offset, ':'),
    ZZZZ: zone(offset, ''),
    ZZZ: offset === 0 ? 'UTC' : zone(offset, ''),
    Z: offset === 0 ? 'Z' : zone(offset, ':'),
  };
  return verbs[name];
}

function zone(offset: number, separator: string): string {
  const minutes = Math.abs(offset);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}
