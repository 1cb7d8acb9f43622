import { droppedColumns } from '../../dialects/dropped-columns.ts';
import { droppedTables } from '../../dialects/dropped-tables.ts';
import { literal } from '../../dialects/sql-text.ts';
import { wordsOf } from './words.ts';

const quoteId = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

const quoteName = ({ database, name }: { readonly database: string | undefined; readonly name: string }): string =>
  `${database === undefined ? '' : `${quoteId(database)}.`}${quoteId(name)}`;

const isEmpty = (table: string, where = ''): string =>
  `SELECT NOT EXISTS (SELECT 1 FROM ${table}${where}) AS \`is_empty\``;

/** See Driver.dropChecks. */
export const dropChecks = (statement: string): readonly string[] => {
  const words = wordsOf(statement);
  const tables = droppedTables(words).map((table) => {
    const schema = table.database === undefined ? '' : `${quoteId(table.database)}.`;
    return `SELECT ${literal(isEmpty(quoteName(table)))} FROM ${schema}sqlite_schema WHERE type = 'table' AND name = ${literal(table.name)} COLLATE NOCASE`;
  });
  const columns = droppedColumns(words, ['constraint']).map(({ table, column }) => {
    const [head, tail] = isEmpty(quoteName(table), ` WHERE ${quoteId(column)} IS NOT \n`).split('\n');
    const where = [table.name, ...(table.database === undefined ? [] : [table.database])].map(literal).join(', ');
    // A default that calls a function, is the time, or is in double quotes (a name or a text) is not asked for. Generated columns are not listed.
    return `SELECT ${literal(head ?? '')} || CASE WHEN dflt_value GLOB '*[("]*' OR dflt_value LIKE 'current%' THEN 'NULL' ELSE coalesce(dflt_value, 'NULL') END || ${literal(tail ?? '')}
  FROM pragma_table_info(${where}) WHERE name = ${literal(column)} COLLATE NOCASE`;
  });
  return [...tables, ...columns];
};
