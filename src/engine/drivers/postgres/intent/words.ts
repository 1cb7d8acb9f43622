import { splitWords, type Word } from '../../../dialects/word-reader.ts';

const PATTERN =
  /(?<skip>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<quoted>"(?:[^"]|"")*")|(?<text>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|\$(?<tag>[\p{L}_]?[\p{L}\p{N}_]*)\$[\s\S]*?\$\k<tag>\$)|(?<word>[\p{L}\p{N}_][\p{L}\p{N}_$]*)|[\s\S]/gu;

/** The words of a statement, without comments; names that are not quoted in lower case, as the server folds them. */
export const wordsOf = (statement: string): readonly Word[] =>
  splitWords(statement, PATTERN, (name) => name.toLowerCase());
