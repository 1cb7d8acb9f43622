import type { Value } from '../values/value.ts';

/** Names that expressions may begin with. */
export interface Scope {
  /** Undefined: there is no such name here or further out. May compute; lazyObject makes what lies below lazy too. */
  lookup(name: string): Value | undefined;
  /** All names, for "did you mean". */
  names(): Iterable<string>;
}

/** A scope of given values, in front of `outer`. */
export function scopeOf(values: Readonly<Record<string, Value>> | ReadonlyMap<string, Value>, outer?: Scope): Scope {
  const own: ReadonlyMap<string, Value> = values instanceof Map ? values : new Map(Object.entries(values));
  return {
    lookup: (name) => own.get(name) ?? outer?.lookup(name),
    names: () => [...own.keys(), ...(outer?.names() ?? [])],
  };
}

export const EMPTY_SCOPE: Scope = scopeOf({});
