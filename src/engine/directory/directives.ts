import type { Directive } from './types.ts';

const DIRECTIVE = /^[ -~]*atlas:(\w+)(?: +(.+))*/;

/** The directive on one line, whatever stands before `atlas:`. */
export function lineDirective(line: string): Directive | undefined {
  const match = DIRECTIVE.exec(line.replace(/\r$/, ''));
  return match?.[1] === undefined ? undefined : { name: match[1], args: match[2] ?? '' };
}

/** The run of comment lines at the very top, and whether an empty line (or the end of the file) follows it. */
function topComment(content: string): { readonly lines: readonly string[]; readonly standsAlone: boolean } {
  const all = content.split('\n');
  const lines: string[] = [];
  for (const line of all) {
    if (!line.startsWith('--') && !line.startsWith('#')) return { lines, standsAlone: /^[ \t\r]*$/.test(line) };
    lines.push(line);
  }
  return { lines, standsAlone: true };
}

/**
 * The directives of a file. As in Atlas they count only where an empty line follows their comment (atlas-transcript.txt): a
 * directive right above a statement is a plain comment.
 */
export function fileDirectives(content: string): readonly Directive[] {
  const { lines, standsAlone } = topComment(content);
  if (!standsAlone) return [];
  return lines.flatMap((line) => lineDirective(line) ?? []);
}

/**
 * Whether the file says that it is an archive of sections. Taken without the empty line, too: an archive run as plain SQL would
 * run its down section.
 */
export const isArchive = (content: string): boolean =>
  topComment(content).lines.some((line) => lineDirective(line)?.name === 'txtar');
