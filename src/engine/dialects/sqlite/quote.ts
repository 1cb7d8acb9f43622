/** Backticks, as Atlas writes them; one inside is doubled. */
export const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
