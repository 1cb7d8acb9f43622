import type { Word } from '../../../dialects/word-reader.ts';

const PATTERN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|"((?:[^"]|"")*)"|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|\$([\p{L}_]?[\p{L}\p{N}_]*)\$[\s\S]*?\$\2\$|[\p{L}\p{N}_][\p{L}\p{N}_$]*|[\s\S]/gu;

/** The words of a statement, without comments; names that are not quoted in lower case, as the server folds them. */
export function wordsOf(statement: string): readonly Word[] {
  const words: Word[] = [];
  for (const [found, quoted] of statement.matchAll(PATTERN)) {
    if (quoted !== undefined) words.push({ kind: 'quoted', text: quoted.replaceAll('""', '"') });
    else if (/^(?:\s|--|\/\*)/.test(found)) continue;
    else if (/^(?:[eE]?'|\$)/.test(found) && found.length > 1) words.push({ kind: 'text', text: '' });
    else if (/^[\p{L}\p{N}_]/u.test(found)) words.push({ kind: 'word', text: found.toLowerCase() });
    else words.push({ kind: 'sign', text: found });
  }
  return words;
}
