/**
 * Cuts a list of tokens at its commas. Commas in parentheses do not count.
 * @param signOf the sign that a token is; '' where it is none
 */
export function splitAtCommas<T>(tokens: readonly T[], signOf: (token: T) => string): readonly (readonly T[])[] {
  const parts: T[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    const sign = signOf(token);
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (sign === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
