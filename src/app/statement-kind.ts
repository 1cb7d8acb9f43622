const OBJECTS = new Set([
  'table',
  'index',
  'view',
  'schema',
  'database',
  'type',
  'function',
  'sequence',
  'trigger',
  'extension',
]);
const PLAIN = new Set([
  'insert',
  'update',
  'delete',
  'select',
  'truncate',
  'merge',
  'with',
  'grant',
  'revoke',
  'set',
  'comment',
  'do',
  'call',
  'analyze',
  'vacuum',
  'reindex',
  'pragma',
]);

/** What a statement does, in a word of a closed list: a metric's label. `alter_table`, `create_index`, `insert`, `other`. */
export function statementKind(sql: string): string {
  const words = sql
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/--[^\n]*/g, ' ')
    .trim()
    .toLowerCase()
    .split(/[\s(]+/, 6);
  const verb = words[0] ?? '';
  if (verb === 'create' || verb === 'alter' || verb === 'drop') {
    const object = words.slice(1).find((word) => OBJECTS.has(word));
    return object === undefined ? `${verb}_other` : `${verb}_${object}`;
  }
  return PLAIN.has(verb) ? verb : 'other';
}
