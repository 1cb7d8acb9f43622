/** An identifier in backticks. */
export const quoteId = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/**
 * A text literal that means the same with and without NO_BACKSLASH_ESCAPES, which a server or a migration file may set: where a
 * backslash is in it, the bytes are given in hexadecimal.
 */
export const quoteText = (value: string): string => {
  if (!value.includes('\\')) return `'${value.replaceAll("'", "''")}'`;
  return `_utf8mb4 0x${Buffer.from(value, 'utf8').toString('hex')}`;
};

/** A name as a statement has it: with its database or schema, where it has one. */
export const quoteName = ({
  database,
  name,
}: {
  readonly database: string | undefined;
  readonly name: string;
}): string => (database === undefined ? quoteId(name) : `${quoteId(database)}.${quoteId(name)}`);
