import { TokenReader } from './token-reader.ts';

/** What only the text of CREATE INDEX knows: expressions of parts, and the predicate. */
export interface CreateIndex {
  /** One for each part: its expression without COLLATE, ASC and DESC. */
  readonly parts: readonly string[];
  readonly where?: string;
}

export function parseCreateIndex(sql: string): CreateIndex {
  const reader = new TokenReader(sql);
  reader.skipTo('ON');
  reader.qualifiedName();
  const parts = reader.items().map((tokens) => {
    let last = tokens.length - 1;
    const textAt = (i: number): string => tokens[i]?.text.toUpperCase() ?? '';
    if (textAt(last) === 'ASC' || textAt(last) === 'DESC') last -= 1;
    if (textAt(last - 1) === 'COLLATE') last -= 2;
    const [first, end] = [tokens[0], tokens[last]];
    return first === undefined || end === undefined ? '' : sql.slice(first.start, end.end);
  });
  return reader.takes('WHERE') ? { parts, where: reader.rest() } : { parts };
}
