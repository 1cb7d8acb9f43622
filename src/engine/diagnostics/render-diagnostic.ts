import type { Diagnostic, Range } from './diagnostic.ts';
import { SourceText } from './source-text.ts';

const WIDEST_LINE = 160;
const MOST_LINES = 7;
const RED = 31;
const YELLOW = 33;
const BLUE = 34;
const BOLD = 1;

/**
 * A diagnostic for people: summary, file:line:column, the lines around with the place marked, detail. Ends without a newline.
 * `sources` maps file names to their texts; a file that is not there is named without a frame.
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  sources: ReadonlyMap<string, string | SourceText>,
  options: { readonly colour?: boolean } = {},
): string {
  const paint = (code: number, text: string) => (options.colour === true ? `\u001b[${code}m${text}\u001b[0m` : text);
  const severity = diagnostic.severity === 'error' ? paint(RED, 'Error') : paint(YELLOW, 'Warning');
  const lines = [`${severity}: ${paint(BOLD, diagnostic.summary)}`];
  const { subject } = diagnostic;
  if (subject !== undefined) {
    lines.push(`  ${paint(BLUE, '-->')} ${subject.file}:${subject.start.line}:${subject.start.column}`);
    const source = sources.get(subject.file);
    if (source !== undefined) {
      const text = typeof source === 'string' ? new SourceText(subject.file, source) : source;
      lines.push('', ...codeFrame(text, subject, diagnostic.context, paint), '');
    }
  }
  if (diagnostic.detail !== '')
    lines.push(...diagnostic.detail.split('\n').map((line) => (line === '' ? '' : `  ${line}`)));
  if (diagnostic.hint !== undefined) lines.push(`  ${diagnostic.hint}`);
  return lines.join('\n');
}

function codeFrame(
  source: SourceText,
  subject: Range,
  context: Range | undefined,
  paint: (code: number, text: string) => string,
): string[] {
  const last = lastLine(subject);
  const from = Math.max(
    1,
    Math.min(subject.start.line - 1, Math.max(context?.start.line ?? subject.start.line, last - MOST_LINES)),
  );
  const to = Math.min(from + MOST_LINES, Math.max(last + 1, context === undefined ? 0 : lastLine(context)));
  const gutter = String(to).length;
  const frame: string[] = [];
  for (let number = from; number <= to; number++) {
    const line = source.line(number);
    if (line === undefined) break;
    const isMarked = number >= subject.start.line && number <= last;
    if (number > last && line.trim() === '') break;
    const mark = isMarked ? paint(RED, '>') : ' ';
    frame.push(`  ${mark} ${paint(BLUE, String(number).padStart(gutter))} | ${shorten(line)}`.trimEnd());
    if (number === subject.start.line) {
      frame.push(`  ${' '.repeat(gutter + 3)}| ${underline(line, subject, (marks) => paint(RED, marks))}`);
    }
  }
  return frame;
}

/** A range that ends at column 1 ends with the line before. */
function lastLine(range: Range): number {
  return range.end.column === 1 && range.end.line > range.start.line ? range.end.line - 1 : range.end.line;
}

function underline(line: string, subject: Range, paintMarks: (marks: string) => string): string {
  const characters = Array.from(line);
  const start = subject.start.column - 1;
  const end = subject.end.line === subject.start.line ? subject.end.column - 1 : characters.length;
  // A tab stays a tab, so that the mark stands below its text at any tab width.
  const lead = characters.slice(0, start).map((character) => (character === '\t' ? '\t' : ' '));
  const shown = Math.max(1, Math.min(end, WIDEST_LINE) - start);
  return `${lead.join('').slice(0, WIDEST_LINE)}${paintMarks('^'.repeat(shown))}`;
}

function shorten(line: string): string {
  const characters = Array.from(line);
  return characters.length <= WIDEST_LINE ? line : `${characters.slice(0, WIDEST_LINE).join('')}…`;
}
