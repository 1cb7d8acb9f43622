import { splitWords, type Word } from '../../../dialects/word-reader.ts';

const PATTERN =
  /(?<skip>\s+|--(?=\s|$)[^\n]*|#[^\n]*|\/\*M?!\d{0,6}|\/\*[\s\S]*?\*\/|\*\/)|(?<quoted>`(?:[^`]|``)*`)|(?<text>'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*")|(?<word>[\p{L}\p{N}_$@]+)|[\s\S]/gu;

/** The words of a statement, without comments; what stands in `/*!40101 … *\/` the server runs, so its words are kept. */
export const wordsOf = (statement: string): readonly Word[] => splitWords(statement, PATTERN);
