import type { Word } from '../../../dialects/word-reader.ts';

const PATTERN =
  /\s+|--(?=\s|$)[^\n]*|#[^\n]*|\/\*M?!\d{0,6}|\/\*[\s\S]*?\*\/|\*\/|`((?:[^`]|``)*)`|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|[\p{L}\p{N}_$@]+|[\s\S]/gu;

/** The words of a statement, without comments; what stands in `/*!40101 … *\/` the server runs, so its words are kept. */
export function wordsOf(statement: string): readonly Word[] {
  const words: Word[] = [];
  for (const [found, quoted] of statement.matchAll(PATTERN)) {
    if (quoted !== undefined) words.push({ kind: 'quoted', text: quoted.replaceAll('``', '`') });
    else if (/^(?:\s|--\s|--$|#|\/\*|\*\/)/.test(found)) continue;
    else if (/^['"]/.test(found) && found.length > 1) words.push({ kind: 'text', text: '' });
    else words.push({ kind: /^[\p{L}\p{N}_$@]/u.test(found) ? 'word' : 'sign', text: found });
  }
  return words;
}
