import { droppedTables } from '../../dialects/dropped-tables.ts';
import type { DropCheck } from '../../run/ports.ts';
import { wordsOf } from './words.ts';

const quoteId = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** See Driver.dropChecks. */
export const dropChecks = (statement: string): readonly DropCheck[] =>
  droppedTables(wordsOf(statement)).map(({ database, name }) => {
    const schema = database === undefined ? '' : `${quoteId(database)}.`;
    return {
      exists: `SELECT count(*) FROM ${schema}sqlite_schema WHERE type = 'table' AND name = ${quoteText(name)} COLLATE NOCASE`,
      isEmpty: `SELECT NOT EXISTS (SELECT 1 FROM ${schema}${quoteId(name)}) AS \`is_empty\``,
    };
  });
