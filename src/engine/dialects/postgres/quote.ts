/** Double quotes; one inside is doubled. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
