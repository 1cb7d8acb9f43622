/** An identifier in double quotes. */
export const quoteId = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text literal that means the same with standard_conforming_strings on and off. */
export const quoteText = (value: string): string => {
  const doubled = value.replaceAll("'", "''");
  return value.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
};
