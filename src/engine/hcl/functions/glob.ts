import { escapeRegExp } from '../../../shared/escape-reg-exp.ts';
import { FunctionFailure } from '../evaluate/hcl-function.ts';

const MAGIC = /[*?[{\\]/;

/** The folder that a pattern can match in: all its leading parts without wildcards. */
export function globFolder(pattern: string): string {
  const parts = pattern.split('/');
  const magic = parts.findIndex((part) => MAGIC.test(part));
  return parts.slice(0, magic === -1 ? parts.length - 1 : magic).join('/');
}

/** A doublestar pattern: `**` any folders, `*` and `?` within a name, `[a-z]`, `[!a]`, `{a,b}`, `\` takes the next as it is. */
export function compileGlob(pattern: string): RegExp {
  let source = '';
  let depth = 0;
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at] ?? '';
    const isPartStart = at === 0 || pattern[at - 1] === '/';
    if (
      character === '*' &&
      pattern[at + 1] === '*' &&
      isPartStart &&
      (pattern[at + 2] === '/' || at + 2 >= pattern.length)
    ) {
      source += at + 2 >= pattern.length ? '.*' : '(?:[^/]+/)*';
      at += 3;
      continue;
    }
    if (character === '[') {
      const close = pattern.indexOf(']', at + 2);
      if (close === -1) throw new FunctionFailure('syntax error in pattern: a closing "]" is missing', 0);
      const members = pattern
        .slice(at + 1, close)
        .replace(/^[!^]/, '^')
        .replaceAll('\\', '\\\\')
        .replaceAll('[', '\\[');
      source += `[${members}]`;
      at = close + 1;
      continue;
    }
    if (character === '\\') at++;
    source += character === '\\' ? escapeRegExp(pattern[at] ?? '\\') : piece(character, depth);
    if (character === '{') depth++;
    if (character === '}' && depth > 0) depth--;
    at++;
  }
  if (depth > 0) throw new FunctionFailure('syntax error in pattern: a closing "}" is missing', 0);
  try {
    return new RegExp(`^${source}$`, 's');
  } catch (error) {
    if (error instanceof SyntaxError) throw new FunctionFailure('syntax error in pattern', 0);
    throw error;
  }
}

function piece(character: string, depth: number): string {
  switch (character) {
    case '*':
      return '[^/]*';
    case '?':
      return '[^/]';
    case '{':
      return '(?:';
    case '}':
      return depth > 0 ? ')' : '\\}';
    case ',':
      return depth > 0 ? '|' : ',';
    default:
      return escapeRegExp(character);
  }
}
