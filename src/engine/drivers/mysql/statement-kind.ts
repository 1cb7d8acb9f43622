/** Words that begin a statement which InnoDB rolls back. `SET` only where it cannot end a transaction. */
const DML = /^(?:delete|do|insert|load\s+data|load\s+xml|replace|select|table|update|values|with)\b/i;
const SET = /^set\b(?![\s\S]*\bautocommit\b)(?!\s+(?:password|transaction|role|default|global|persist))/i;

/** Whether a statement leaves a transaction open, and is rolled back with it. DDL and account statements commit by themselves. */
export function isTransactional(statement: string): boolean {
  const text = withoutComments(statement).replace(/^[\s(]+/, '');
  return DML.test(text) || SET.test(text);
}

/** Without the comments in front. What stands in `/*!40101 … *\/` is run by the server, so it is looked into. */
function withoutComments(statement: string): string {
  let text = statement.trimStart();
  for (;;) {
    const executable = /^\/\*M?!\d{0,6}\s*/.exec(text);
    const comment = executable ?? /^(?:--(?=\s|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)\s*/.exec(text);
    if (comment === null) return text;
    text = text.slice(comment[0].length);
  }
}

/** A `;` that is not at the end: the text may be several statements. Quotes and comments are not looked at; a needless check costs a round trip. */
export const mayBeSeveral = (statement: string): boolean => statement.trimEnd().replace(/;$/, '').includes(';');
