import { splitAtCommas } from './split-at-commas.ts';
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
  const [head, ...actions] = splitAtCommas(words, ({ kind, text }) => (kind === 'sign' ? text : ''));
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
