export const byName = <T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [one.name, one]));

/** `renamed_from` counts where the old name is gone from the desired state and still there in the current one, and the new one is not. */
export function renamesOf<T extends { readonly name: string; readonly renamedFrom?: string }>(
  from: readonly T[],
  to: readonly T[],
): ReadonlyMap<string, T> {
  const [current, desired] = [byName(from), byName(to)];
  return new Map(
    to.flatMap((one) => {
      const old = one.renamedFrom;
      const isMeant = old !== undefined && current.has(old) && !desired.has(old) && !current.has(one.name);
      return isMeant ? [[old, one] as const] : [];
    }),
  );
}
