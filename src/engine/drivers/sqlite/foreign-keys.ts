/** `PRAGMA foreign_key_check`, as a table, in an order that is the same before and after. */
export const SELECT_VIOLATIONS =
  'SELECT "table", rowid, parent, fkid FROM pragma_foreign_key_check ORDER BY "table", rowid, parent, fkid';

/** How many violations a message names. */
const NAMED = 3;

/**
 * What a transaction that ran with foreign keys switched off has broken (atlas-config-cli.md 4.8), or undefined. Violations that were there
 * before are not its fault. Each is `table NUL rowid NUL parent NUL fkid`.
 */
export function foreignKeyMismatch(before: readonly string[], after: readonly string[]): string | undefined {
  const known = new Set(before);
  const fresh = after.filter((one) => !known.has(one));
  if (fresh.length === 0) return undefined;
  const named = fresh.slice(0, NAMED).map((one) => {
    const [table, row, parent] = one.split('\u0000');
    return `table "${table}" row ${row} refers to a missing row of "${parent}"`;
  });
  const rest = fresh.length - named.length;
  return `sql/sqlite: foreign key mismatch: ${named.join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
}
