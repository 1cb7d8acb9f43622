import { droppedTables } from '../../dialects/dropped-tables.ts';
import type { DropCheck } from '../../run/ports.ts';
import { wordsOf } from './intent/words.ts';
import { quoteName, quoteText } from './quote.ts';

/** See Driver.dropChecks. */
export const dropChecks = (statement: string): readonly DropCheck[] =>
  droppedTables(wordsOf(statement))
    .map(quoteName)
    .map((table) => ({
      exists: `SELECT count(to_regclass(${quoteText(table)}))`,
      isEmpty: `SELECT NOT EXISTS (SELECT 1 FROM ${table}) AS "is_empty"`,
    }));
