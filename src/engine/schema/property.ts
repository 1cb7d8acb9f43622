import type { Range } from '../diagnostics/diagnostic.ts';

/** SQL that is taken as it stands: `sql("now()")`. */
export interface Sql {
  readonly sql: string;
}

/** What an attribute of a block says, as JSON has it. */
export type Property = string | number | boolean | Sql | readonly Property[] | { readonly [name: string]: Property };

/** By the name of the HCL attribute; a sub-block is an object, a repeated one an array of them. Nothing stands for the default. */
export type Properties = Readonly<Record<string, Property>>;

/** What has been written somewhere. Never part of a comparison. */
export interface Written {
  readonly range?: Range;
}

export const isSql = (value: Property | undefined): value is Sql =>
  typeof value === 'object' && !Array.isArray(value) && 'sql' in value && Object.keys(value).length === 1;

/** Deep equality of JSON values. */
export function sameProperty(from: Property | undefined, to: Property | undefined): boolean {
  if (from === to) return true;
  if (typeof from !== 'object' || typeof to !== 'object') return false;
  if (Array.isArray(from) || Array.isArray(to)) {
    return (
      Array.isArray(from) &&
      Array.isArray(to) &&
      from.length === to.length &&
      from.every((item: Property, i) => sameProperty(item, to[i]))
    );
  }
  const [left, right] = [from, to] as readonly Readonly<Record<string, Property>>[];
  const names = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})]);
  return [...names].every((name) => sameProperty(left?.[name], right?.[name]));
}
