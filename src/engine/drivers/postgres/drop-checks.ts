import { droppedTables } from '../../dialects/dropped-tables.ts';
import type { DropCheck } from '../../run/ports.ts';
import { wordsOf } from './intent/words.ts';
import { quoteId, quoteText } from './quote.ts';

/** See Driver.dropChecks. */
export const dropChecks = (statement: string): readonly DropCheck[] =>
  droppedTables(wordsOf(statement)).map(({ database, name }) => {
    const table = database === undefined ? quoteId(name) : `${quoteId(database)}.${quoteId(name)}`;
    return {
      exists: `SELECT count(to_regclass(${quoteText(table)}))`,
      isEmpty: `SELECT NOT EXISTS (SELECT 1 FROM ${table}) AS "is_empty"`,
    };
  });
