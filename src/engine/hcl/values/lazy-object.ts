import type { ObjectValue, Value } from './value.ts';

/**
 * An object whose attributes are computed when somebody reads them, each once: `local`, `data`, `var`.
 * `compute` is called for names in `names` only; it has to watch for cycles itself (freeVariables finds them beforehand).
 */
export function lazyObject(names: Iterable<string>, compute: (name: string) => Value): ObjectValue {
  return { kind: 'object', entries: new LazyEntries(new Set(names), compute) };
}

class LazyEntries implements ReadonlyMap<string, Value> {
  readonly #names: Set<string>;
  readonly #compute: (name: string) => Value;
  readonly #known = new Map<string, Value>();

  constructor(names: Set<string>, compute: (name: string) => Value) {
    this.#names = names;
    this.#compute = compute;
  }

  get size(): number {
    return this.#names.size;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  get(name: string): Value | undefined {
    if (!this.#names.has(name)) return undefined;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const value = this.#compute(name);
    this.#known.set(name, value);
    return value;
  }

  keys(): MapIterator<string> {
    return this.#names.values();
  }

  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
  }

  *entries(): MapIterator<[string, Value]> {
    for (const name of this.#names) {
      const value = this.get(name);
      if (value !== undefined) yield [name, value];
    }
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }

  forEach(visit: (value: Value, name: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [name, value] of this.entries()) visit(value, name, this);
  }
}
