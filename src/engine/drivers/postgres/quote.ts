/** An identifier in double quotes. */
export const quoteId = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text literal that means the same with standard_conforming_strings on and off. */
export const quoteText = (value: string): string => {
  const doubled = value.replaceAll("'", "''");
  return value.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
};

/** A name as a statement has it: with its database or schema, where it has one. */
export const quoteName = ({
  database,
  name,
}: {
  readonly database: string | undefined;
  readonly name: string;
}): string => (database === undefined ? quoteId(name) : `${quoteId(database)}.${quoteId(name)}`);
