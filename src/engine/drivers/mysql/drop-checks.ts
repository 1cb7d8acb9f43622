import { droppedTables } from '../../dialects/dropped-tables.ts';
import type { DropCheck } from '../../run/ports.ts';
import { wordsOf } from './intent/words.ts';
import { quoteName, quoteText } from './quote.ts';

/** See Driver.dropChecks. */
export const dropChecks = (statement: string): readonly DropCheck[] =>
  droppedTables(wordsOf(statement)).map((table) => {
    const schema = table.database === undefined ? 'DATABASE()' : quoteText(table.database);
    return {
      exists: `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ${schema} AND table_name = ${quoteText(table.name)}`,
      isEmpty: `SELECT NOT EXISTS (SELECT 1 FROM ${quoteName(table)}) AS \`is_empty\``,
    };
  });
