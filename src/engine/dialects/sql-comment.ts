/** Keys and values of tags as sqlcommenter writes them (open-telemetry.github.io/opentelemetry-sqlcommenter/specifications): by key, URL-encoded. */
export const printComment = (tags: Readonly<Record<string, string>>): string =>
  `/*${Object.entries(tags)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${encode(key)}='${encode(value)}'`)
    .join(',')}*/`;

/** encodeURIComponent leaves a few characters that would end the value or the comment. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The statement with the comment behind it, before a `;` at its end. One that has a comment of its own is left as it is (ibid., "Comment
 * escaping"), and so is one that could have: marks inside of quotes count, too. So nothing of a `--` line or of `/*! … *\/` changes its meaning.
 */
export function withComment(statement: string, comment: string | undefined): string {
  if (comment === undefined || HAS_COMMENT.test(statement)) return statement;
  const text = statement.trimEnd();
  return text.endsWith(';') ? `${text.slice(0, -1)} ${comment};` : `${text} ${comment}`;
}

const HAS_COMMENT = /--|\/\*|#/;
