/** Text on a terminal of a given width: counting columns, cutting, joining parts that give way to each other. */

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u;
const ZERO = /[\p{Mark}\u200B-\u200D\uFEFF]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for
const CONTROL = /[\u0000-\u001F\u007F-\u009F]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
const COLOUR = /\u001B\[[0-9;]*m/g;

/** What a database or a tenant's name says must not move the cursor: control characters become one space. */
export const harmless = (text: string): string => text.replaceAll(CONTROL, ' ').trim();

/** Columns that the text takes, colours not counted. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const char of text.replaceAll(COLOUR, '')) columns += ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return columns;
}

/** Cuts text without colours to so many columns, with `…` where something is missing. */
export function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let out = '';
  let columns = 0;
  for (const char of text) {
    const next = columnsOf(char);
    if (columns + next > width - 1) break;
    out += char;
    columns += next;
  }
  return `${out}…`;
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columnsOf(text)));
export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - columnsOf(text))) + text;

/** 9988 → `9,988`. */
export const count = (n: number): string => n.toLocaleString('en-US');

/** Seconds as people say them: `12s`, `3m05s`, `10m`, `2h07m`. */
export function spell(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const pad = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (hours === 0) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${pad(seconds % 60)}s`;
  return minutes % 60 === 0 ? `${hours}h` : `${hours}h${pad(minutes % 60)}m`;
}

/** `████░░░░` of the given width. */
export function bar(share: number, width: number): string {
  const full = Math.min(width, Math.max(0, Math.floor(share * width + 1e-9)));
  return '█'.repeat(full) + '░'.repeat(width - full);
}

export interface Part {
  readonly text: string;
  /** Parts with the lowest number are left out first when the line is too narrow; undefined: never left out. */
  readonly keep?: number;
  /** Applied after fitting, so that colours are never cut. */
  readonly paint?: (text: string) => string;
}

/** Joins parts with two spaces; leaves out what does not fit, and cuts the last of what remains. */
export function fitLine(parts: readonly Part[], width: number, indent = ''): string {
  const shown = parts.filter((part) => part.text !== '');
  const total = (): number => columnsOf(indent) + shown.reduce((sum, part) => sum + columnsOf(part.text) + 2, -2);
  while (total() > width) {
    const least = shown.reduce<Part | undefined>(
      (low, part) => (part.keep !== undefined && (low?.keep === undefined || part.keep < low.keep) ? part : low),
      undefined,
    );
    if (!least) break;
    shown.splice(shown.indexOf(least), 1);
  }
  const over = total() - width;
  const last = shown.at(-1);
  if (over > 0 && last)
    shown[shown.length - 1] = { ...last, text: cut(last.text, Math.max(1, columnsOf(last.text) - over)) };
  return indent + shown.map((part) => (part.paint ? part.paint(part.text) : part.text)).join('  ');
}

/** Left-aligned columns (numbers right-aligned), each as wide as its widest cell, the last one cut to the width. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  const widths = header.map((title, i) => Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[i] ?? ''))));
  const isNumber = header.map((_, i) => rows.length > 0 && rows.every((row) => /^[\d,.]*$/.test(row[i] ?? '')));
  return [header, ...rows].map((row) => {
    const cells = row.map((cell, i) =>
      i === row.length - 1 ? cell : isNumber[i] ? padStart(cell, widths[i] ?? 0) : padEnd(cell, widths[i] ?? 0),
    );
    return cut(cells.join('  '), width).trimEnd();
  });
}
