import { TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';

/** What only the text of CREATE TABLE knows (sqlite.org/lang_createtable.html); the rest is asked of pragmas. */
export interface CreateTable {
  readonly columns: ReadonlyMap<string, CreateColumn>;
  readonly checks: readonly { readonly name: string; readonly expression: string }[];
  readonly foreignKeys: readonly { readonly name: string; readonly columns: readonly string[] }[];
}

export interface CreateColumn {
  readonly isAutoIncrement: boolean;
  readonly collation?: string;
  readonly generated?: string;
}

/** Words that end a column's type. */
const CONSTRAINTS = new Set([
  'CONSTRAINT',
  'PRIMARY',
  'NOT',
  'NULL',
  'UNIQUE',
  'CHECK',
  'DEFAULT',
  'COLLATE',
  'REFERENCES',
  'GENERATED',
  'AS',
  'ON',
]);

/** Names are compared without case, as SQLite does: keys are in lower case. */
export const foldCase = (name: string): string => name.toLowerCase();

export function parseCreateTable(sql: string): CreateTable {
  const reader = new TokenReader(sql);
  reader.skipTo('TABLE');
  reader.takes('IF', 'NOT', 'EXISTS');
  reader.qualifiedName();
  const columns = new Map<string, CreateColumn>();
  const checks: { name: string; expression: string }[] = [];
  const foreignKeys: { name: string; columns: readonly string[] }[] = [];
  for (const item of reader.items()) {
    const one = new TokenReader(sql, item);
    if (startsConstraint(item)) tableConstraint(one, checks, foreignKeys);
    else {
      const name = one.name();
      columns.set(foldCase(name), columnOf(one, name, checks, foreignKeys));
    }
  }
  return { columns, checks, foreignKeys };
}

function startsConstraint([first, second]: readonly Token[]): boolean {
  if (first?.kind !== 'word') return false;
  const [word, next] = [first.text.toUpperCase(), second?.text.toUpperCase()];
  if (word === 'CONSTRAINT') return true;
  if (word === 'PRIMARY' || word === 'FOREIGN') return next === 'KEY';
  return (word === 'UNIQUE' || word === 'CHECK') && next === '(';
}

function tableConstraint(
  reader: TokenReader,
  checks: { name: string; expression: string }[],
  foreignKeys: { name: string; columns: readonly string[] }[],
): void {
  const name = reader.takes('CONSTRAINT') ? reader.name() : '';
  if (reader.takes('CHECK')) checks.push({ name, expression: reader.parenthesized() ?? '' });
  else if (reader.takes('FOREIGN', 'KEY')) {
    const columns = reader.items().map(([token]) => token?.text ?? '');
    foreignKeys.push({ name, columns });
  }
}

function columnOf(
  reader: TokenReader,
  column: string,
  checks: { name: string; expression: string }[],
  foreignKeys: { name: string; columns: readonly string[] }[],
): CreateColumn {
  let isAutoIncrement = false;
  let collation: string | undefined;
  let generated: string | undefined;
  let name = '';
  while (!reader.isAtEnd) {
    if (reader.takes('CONSTRAINT')) {
      name = reader.name();
      continue;
    }
    if (reader.takes('CHECK')) checks.push({ name, expression: reader.parenthesized() ?? '' });
    else if (reader.takes('COLLATE')) collation = reader.name();
    else if (reader.takes('REFERENCES')) foreignKeys.push({ name, columns: [column] });
    else if (reader.takes('AUTOINCREMENT')) isAutoIncrement = true;
    else if (reader.takes('GENERATED', 'ALWAYS', 'AS') || reader.takes('AS')) generated = reader.parenthesized();
    else if (reader.sees('(')) reader.group();
    else {
      const word = reader.next();
      if (word?.kind === 'word' && CONSTRAINTS.has(word.text.toUpperCase())) continue;
    }
    name = '';
  }
  return {
    isAutoIncrement,
    ...(collation === undefined ? {} : { collation }),
    ...(generated === undefined ? {} : { generated }),
  };
}
