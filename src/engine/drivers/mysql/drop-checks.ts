import { droppedColumns } from '../../dialects/dropped-columns.ts';
import { droppedTables } from '../../dialects/dropped-tables.ts';
import { wordsOf } from './intent/words.ts';
import { quoteId, quoteName, quoteText } from './quote.ts';

/** What else than a column ALTER TABLE … DROP takes. */
const OTHERS = ['index', 'key', 'primary', 'foreign', 'constraint', 'check', 'partition', 'period', 'system'];

const isEmpty = (table: string, where = ''): string =>
  `SELECT NOT EXISTS (SELECT 1 FROM ${table}${where}) AS \`is_empty\``;

const schemaOf = (database: string | undefined): string =>
  database === undefined ? 'DATABASE()' : quoteText(database);

/** See Driver.dropChecks. */
export const dropChecks = (statement: string): readonly string[] => {
  const words = wordsOf(statement);
  const tables = droppedTables(words).map(
    (table) =>
      `SELECT ${quoteText(isEmpty(quoteName(table)))} FROM information_schema.tables WHERE table_schema = ${schemaOf(table.database)} AND table_name = ${quoteText(table.name)}`,
  );
  const columns = droppedColumns(words, OTHERS).map(({ table, column }) => {
    const name = quoteId(column);
    // By bytes: collations find different texts equal.
    const unlikeDefault = ` WHERE NOT (CAST(${name} AS BINARY) <=> CAST(DEFAULT(${name}) AS BINARY))`;
    const checks = [unlikeDefault, ` WHERE ${name} IS NOT NULL`].map((where) =>
      quoteText(isEmpty(quoteName(table), where)),
    );
    // A default with a parenthesis may be a function. A generated column holds nothing that would be lost.
    return `SELECT CASE WHEN column_default NOT LIKE '%(%' AND extra NOT LIKE '%DEFAULT_GENERATED%' THEN ${checks.join(' ELSE ')} END
  FROM information_schema.columns WHERE table_schema = ${schemaOf(table.database)} AND table_name = ${quoteText(table.name)}
  AND column_name = ${quoteText(column)} AND extra NOT LIKE '% GENERATED%'`;
  });
  return [...tables, ...columns];
};
