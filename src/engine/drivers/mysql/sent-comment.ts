/**
 * Statements of which the server keeps nothing but what they mean. Of others (views, routines, triggers, events) it keeps the text, up to its
 * end, and shows it as the object's definition: they go out as they are.
 */
const KEEPS_NO_TEXT =
  /^\s*(?:alter\s+table|create\s+(?:or\s+replace\s+)?(?:temporary\s+)?table|create\s+(?:or\s+replace\s+)?(?:unique\s+|fulltext\s+|spatial\s+)?index|drop|insert|replace|update|delete|truncate|rename|optimize|analyze|select|with|set)\b/i;

export const keepsText = (statement: string): boolean => !KEEPS_NO_TEXT.test(statement);

/** Of ER_PARSE_ERROR, the only message that quotes the statement: `… near '%-.80s' at line %d`; MariaDB marks what it has cut. */
const NEAR = /^(?<before>[\s\S]*? near ')(?<near>[\s\S]*?)(?:\.\.\.)?(?<after>' at line \d+)$/;
const MAX_NEAR_BYTES = 80;

/** What the server says of a statement that it got as `sent`, with a comment, as it would have said it of the statement alone. */
export function withoutComment(error: unknown, statement: string, sent: string): unknown {
  if (!(error instanceof Error)) return error;
  const message = quoteOriginal(error.message, statement, sent);
  if (message === error.message) return error;
  error.message = message;
  // mysql2 keeps the server's own words beside it.
  if ('sqlMessage' in error) Reflect.set(error, 'sqlMessage', message);
  return error;
}

function quoteOriginal(message: string, statement: string, sent: string): string {
  const { before, near, after } = NEAR.exec(message)?.groups ?? {};
  if (before === undefined || near === undefined) return message;
  // The server quotes to the end, or as much as it wants to.
  const at = sent.lastIndexOf(near);
  if (at < 0) return message;
  const inserted = sent.length - statement.trimEnd().length;
  const rest = statement.slice(statement.startsWith(sent.slice(0, at)) ? at : at - inserted);
  return Buffer.byteLength(rest) <= MAX_NEAR_BYTES ? `${before}${rest}${after}` : message;
}
