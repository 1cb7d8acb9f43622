/** Rules of SQL text that all dialects share (atlas-engine.md 2.5). */

/** `(a, b)`, or one item a line where there is an indent. */
export function bracket(items: readonly string[], indent: string): string {
  if (indent === '') return `(${items.join(', ')})`;
  return `(\n${items.map((item) => `${indent}${item}`).join(',\n')}\n)`;
}

/** Whether the first parenthesis closes at the very end; quotes are respected. */
function isWrapped(expression: string): boolean {
  if (!expression.startsWith('(') || !expression.endsWith(')')) return false;
  let depth = 0;
  for (let i = 0; i < expression.length; i += 1) {
    const char = expression[i];
    if (char === "'" || char === '"' || char === '`') {
      const end = expression.indexOf(char, i + 1);
      if (end === -1) return false;
      i = end;
    } else if (char === '(') depth += 1;
    else if (char === ')') {
      depth -= 1;
      if (depth === 0 && i < expression.length - 1) return false;
    }
  }
  return depth === 0;
}

export const wrap = (expression: string): string => (isWrapped(expression) ? expression : `(${expression})`);

/** Without outer parentheses, for comparison. */
export function unwrap(expression: string): string {
  let inner = expression.trim();
  while (isWrapped(inner)) inner = inner.slice(1, -1).trim();
  return inner;
}

/** A string literal of the standard. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `CREATE TABLE` and the like: words that are there, with one space between them. */
export const words = (...parts: readonly (string | undefined | false)[]): string =>
  parts.filter((part) => part !== undefined && part !== false && part !== '').join(' ');

/** The list in the words of SQL: `"a", "b"`. */
export const list = (names: readonly string[], quote: (name: string) => string): string => names.map(quote).join(', ');
