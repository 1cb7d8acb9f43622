import { droppedColumns } from '../../dialects/dropped-columns.ts';
import { droppedTables } from '../../dialects/dropped-tables.ts';
import { wordsOf } from './intent/words.ts';
import { quoteId, quoteName, quoteText } from './quote.ts';

/** A default that can be asked for without side effects: pg_get_expr of a constant. */
const CONSTANT = String.raw`^('([^'\\]|'')*'|[0-9.]+|true|false)(::[a-z0-9_. "]+(\([0-9,]+\))?(\[\])?)?$`;

const isEmpty = (table: string, where = ''): string =>
  `SELECT NOT EXISTS (SELECT 1 FROM ${table}${where}) AS "is_empty"`;

/** See Driver.dropChecks. */
export const dropChecks = (statement: string): readonly string[] => {
  const words = wordsOf(statement);
  const tables = droppedTables(words)
    .map(quoteName)
    .map((table) => `SELECT ${quoteText(isEmpty(table))} WHERE to_regclass(${quoteText(table)}) IS NOT NULL`);
  const columns = droppedColumns(words, ['constraint']).map(({ table, column }) => ofColumn(quoteName(table), column));
  return [...tables, ...columns];
};

/** Values that are not the column's constant default: those a new column would have all the same. As text, for not every type can be compared. */
function ofColumn(table: string, column: string): string {
  const name = quoteId(column);
  const [head, tail] = isEmpty(table, ` WHERE ${name}\n`).split('\n');
  return `SELECT ${quoteText(head ?? '')} || CASE WHEN pg_get_expr(d.adbin, d.adrelid) ~ ${quoteText(CONSTANT)}
  THEN '::text IS DISTINCT FROM ' || pg_get_expr(d.adbin, d.adrelid) || '::' || format_type(a.atttypid, a.atttypmod) || '::text'
  ELSE ' IS NOT NULL' END || ${quoteText(tail ?? '')}
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = to_regclass(${quoteText(table)}) AND a.attname = ${quoteText(column)} AND NOT a.attisdropped AND a.attgenerated = ''`;
}
