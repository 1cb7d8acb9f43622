import { type Word, WordReader } from './word-reader.ts';

export interface DroppedColumn {
  readonly table: { readonly database: string | undefined; readonly name: string };
  readonly column: string;
}

/**
 * Columns that an `ALTER TABLE` drops.
 * @param others what else than a column the dialect lets stand behind DROP: `constraint`, `index`, …
 */
export function droppedColumns(words: readonly Word[], others: readonly string[]): readonly DroppedColumn[] {
  const [head, ...actions] = splitAtCommas(words);
  const reader = new WordReader(head ?? []);
  if (!reader.take('alter')) return [];
  reader.skip('online', 'ignore');
  if (!reader.take('table')) return [];
  reader.take('if', 'exists');
  reader.take('only');
  const table = reader.name();
  if (table === undefined) return [];
  reader.take('*');
  return [reader, ...actions.map((action) => new WordReader(action))].flatMap((action) => {
    const column = columnOf(action, others);
    return column === undefined ? [] : [{ table, column }];
  });
}

function columnOf(action: WordReader, others: readonly string[]): string | undefined {
  if (!action.take('drop')) return undefined;
  if (!action.take('column') && others.some((word) => action.take(word))) return undefined;
  action.take('if', 'exists');
  return action.name()?.name;
}

/** Commas in parentheses do not count. */
function splitAtCommas(words: readonly Word[]): readonly (readonly Word[])[] {
  const parts: Word[][] = [[]];
  let depth = 0;
  for (const word of words) {
    const sign = word.kind === 'sign' ? word.text : '';
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (sign === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}
