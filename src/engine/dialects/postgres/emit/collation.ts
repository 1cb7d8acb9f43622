import { quote } from '../quote.ts';

/** The name of a collation in quotes; one with its schema has them already: `"public"."folded"`. */
export const collationText = (name: string): string =>
  /^"(?:[^"]|"")*"\."(?:[^"]|"")*"$/.test(name) ? name : quote(name);
