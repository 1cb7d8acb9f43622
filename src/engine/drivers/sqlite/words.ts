import type { Word } from '../../dialects/word-reader.ts';

/** Names in double quotes, backticks or brackets (sqlite.org/lang_keywords.html). */
const PATTERN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|'(?:[^']|'')*'|[\p{L}\p{N}_][\p{L}\p{N}_$]*|[\s\S]/gu;

/** The words of a statement, without comments. */
export function wordsOf(statement: string): readonly Word[] {
  const words: Word[] = [];
  for (const [found, double, back, bracket] of statement.matchAll(PATTERN)) {
    const quoted = double?.replaceAll('""', '"') ?? back?.replaceAll('``', '`') ?? bracket;
    if (quoted !== undefined) words.push({ kind: 'quoted', text: quoted });
    else if (/^(?:\s|--|\/\*)/.test(found)) continue;
    else if (/^'./.test(found)) words.push({ kind: 'text', text: '' });
    else words.push({ kind: /^[\p{L}\p{N}_]/u.test(found) ? 'word' : 'sign', text: found });
  }
  return words;
}
