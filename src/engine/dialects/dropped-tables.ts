import { type Word, WordReader } from './word-reader.ts';

/** Names of the tables that a statement drops: `DROP TABLE [IF EXISTS] a, b.c`. None of a temporary one. */
export function droppedTables(
  words: readonly Word[],
): readonly { readonly database: string | undefined; readonly name: string }[] {
  const reader = new WordReader(words);
  if (!reader.take('drop', 'table')) return [];
  reader.take('if', 'exists');
  const names = [];
  do {
    const found = reader.name();
    if (found === undefined) break;
    names.push(found);
  } while (reader.take(','));
  return names;
}
