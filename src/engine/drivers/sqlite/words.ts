import { splitWords, type Word } from '../../dialects/word-reader.ts';

/** Names in double quotes, backticks or brackets (sqlite.org/lang_keywords.html). */
const PATTERN =
  /(?<skip>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?<text>'(?:[^']|'')*')|(?<word>[\p{L}\p{N}_][\p{L}\p{N}_$]*)|[\s\S]/gu;

/** The words of a statement, without comments. */
export const wordsOf = (statement: string): readonly Word[] => splitWords(statement, PATTERN);
