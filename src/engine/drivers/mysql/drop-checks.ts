import { droppedTables } from '../../dialects/dropped-tables.ts';
import type { DropCheck } from '../../run/ports.ts';
import { wordsOf } from './intent/words.ts';
import { quoteId, quoteText } from './quote.ts';

/** See Driver.dropChecks. */
export const dropChecks = (statement: string): readonly DropCheck[] =>
  droppedTables(wordsOf(statement)).map(({ database, name }) => {
    const table = database === undefined ? quoteId(name) : `${quoteId(database)}.${quoteId(name)}`;
    const schema = database === undefined ? 'DATABASE()' : quoteText(database);
    return {
      exists: `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ${schema} AND table_name = ${quoteText(name)}`,
      isEmpty: `SELECT NOT EXISTS (SELECT 1 FROM ${table}) AS \`is_empty\``,
    };
  });
