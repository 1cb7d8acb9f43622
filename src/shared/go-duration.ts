const UNITS_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Parses Go's notation of durations (`1h30m`, `200ms`, `0`) into milliseconds; undefined where the text is none. */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const sign = text.startsWith('-') ? -1 : 1;
  const rest = text.replace(/^[+-]/, '');
  const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;
  let ns = 0;
  let end = 0;
  for (let match = part.exec(rest); match !== null; match = part.exec(rest)) {
    ns += Number(match[1]) * (UNITS_NS[match[2] ?? ''] ?? 0);
    end = part.lastIndex;
  }
  return end > 0 && end === rest.length ? (sign * ns) / 1e6 : undefined;
}

const trimZeros = (n: number, digits: number): string => n.toFixed(digits).replace(/\.?0+$/, '');

/** Prints milliseconds as Go prints a time.Duration: `57.097µs`, `1.234ms`, `2m3.5s`, `0s`. Nanosecond precision. */
export function printGoDuration(ms: number): string {
  const ns = Math.round(ms * 1e6);
  if (ns === 0) return '0s';
  const sign = ns < 0 ? '-' : '';
  const abs = Math.abs(ns);
  if (abs < 1e3) return `${sign}${abs}ns`;
  if (abs < 1e6) return `${sign}${trimZeros(abs / 1e3, 3)}µs`;
  if (abs < 1e9) return `${sign}${trimZeros(abs / 1e6, 6)}ms`;
  const hours = Math.floor(abs / 3600e9);
  const minutes = Math.floor((abs % 3600e9) / 60e9);
  const seconds = trimZeros((abs % 60e9) / 1e9, 9);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${seconds}s`;
}
