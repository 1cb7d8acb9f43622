import { bracketChange, isSpaced } from './spaces.ts';
import { type FormatToken, formatTokens } from './tokens.ts';

/** A line in its three columns: `name`, `= value`, `# comment`. Each ends with what ends the line, where it is the last. */
interface Line {
  lead: readonly FormatToken[];
  assign: readonly FormatToken[];
  comment: readonly FormatToken[];
}

/**
 * A file of HCL in canonical layout: two spaces a level, `=` and comments of neighbouring lines in one column, one space where the language has
 * one. Only space is moved; lines stay lines, and heredocs are left alone.
 * @param text of a file that has been parsed without a mistake
 */
export function formatFile(text: string): string {
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const lines = linesOf(formatTokens(text.slice(bom.length)));
  const indents = indentsOf(lines);
  const leads = lines.map(({ lead }, i) => ' '.repeat(indents[i] ?? 0) + join(lead));
  const assigned = align(
    lines.map(({ assign }, i) => [leads[i] ?? '', assign.length === 0 ? undefined : join(assign)]),
  );
  const commented = align(
    lines.map(({ comment }, i) => [assigned[i] ?? '', comment.length === 0 ? undefined : join(comment)]),
  );
  return bom + commented.join('');
}

function linesOf(tokens: readonly FormatToken[]): readonly Line[] {
  const lines: FormatToken[][] = [[]];
  for (const token of tokens) {
    lines.at(-1)?.push(token);
    if (token.kind === 'newline' || (token.kind === 'comment' && token.text.endsWith('\n'))) lines.push([]);
  }
  return lines.filter((line) => line.length > 0).map(cut);
}

/** The value is a column of its own only where all of it stands on the line. */
function cut(tokens: readonly FormatToken[]): Line {
  const last = tokens.at(-1);
  const isCommented = tokens.length > 1 && last?.kind === 'comment' && last.text.endsWith('\n');
  const comment = isCommented && last !== undefined ? [last] : [];
  const rest = isCommented ? tokens.slice(0, -1) : tokens;
  const at = rest.findIndex(({ kind, text }, i) => i > 0 && kind === 'sign' && text === '=');
  const isWhole = at > 0 && rest.slice(at).reduce((open, token) => open + bracketChange(token), 0) === 0;
  return isWhole ? { lead: rest.slice(0, at), assign: rest.slice(at), comment } : { lead: rest, assign: [], comment };
}

/** Spaces before each line: two for each line above that opened brackets and has not seen them closed. */
function indentsOf(lines: readonly Line[]): readonly number[] {
  const open: number[] = [];
  return lines.map(({ lead, assign }) => {
    if (lead[0]?.kind === 'newline') return 0;
    const net = [...lead, ...assign].reduce((sum, token) => sum + bracketChange(token), 0);
    if (net > 0) return 2 * (open.push(net) - 1);
    for (let left = -net; left > 0 && open.length > 0; ) {
      const top = open.pop() ?? 0;
      if (top > left) open.push(top - left);
      left -= Math.min(top, left);
    }
    return 2 * open.length;
  });
}

function join(tokens: readonly FormatToken[]): string {
  return tokens
    .map((token, i) => {
      const after = tokens[i + 1];
      return after !== undefined && isSpaced(tokens[i - 1], token, after) ? `${token.text} ` : token.text;
    })
    .join('');
}

/** Puts the second part of neighbouring lines into one column, one space behind the longest first part. */
function align(lines: readonly (readonly [first: string, second: string | undefined])[]): readonly string[] {
  const aligned: string[] = [];
  for (let from = 0; from < lines.length; ) {
    if (lines[from]?.[1] === undefined) {
      aligned.push(lines[from]?.[0] ?? '');
      from += 1;
      continue;
    }
    let to = from;
    while (lines[to]?.[1] !== undefined) to += 1;
    const run = lines.slice(from, to);
    const width = Math.max(...run.map(([first]) => columnsOf(first)));
    for (const [first, second = ''] of run)
      aligned.push(`${first}${' '.repeat(width - columnsOf(first) + 1)}${second}`);
    from = to;
  }
  return aligned;
}

/** Of the last line, as a person counts: characters, not code units. */
const columnsOf = (text: string): number =>
  [...new Intl.Segmenter().segment(text.slice(text.lastIndexOf('\n') + 1))].length;
