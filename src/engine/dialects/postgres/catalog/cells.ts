/** A cell of a catalog as text; '' for NULL. */
export const text = (cell: unknown): string => (cell === null || cell === undefined ? '' : String(cell));

/** As `text`, undefined for NULL. */
export const textOr = (cell: unknown): string | undefined =>
  cell === null || cell === undefined ? undefined : String(cell);

/** A cell of type json; undefined for NULL. The queries say what is in it. */
export const json = <T>(cell: unknown): T | undefined => {
  if (cell === null || cell === undefined) return undefined;
  return (typeof cell === 'string' ? JSON.parse(cell) : cell) as T;
};

/** `{"fillfactor=70"}` of reloptions. */
export function options(cell: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (json<readonly string[]>(cell) ?? []).map((one) => {
      const at = one.indexOf('=');
      return [one.slice(0, at), one.slice(at + 1)] as const;
    }),
  );
}
