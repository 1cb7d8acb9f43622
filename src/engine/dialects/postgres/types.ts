import type { Types, TypeWords } from '../dialect.ts';
import { ALIASES, TYPE_FORMS, type TypeForm } from './type-names.ts';

/** `int[]`, `int[3][]`, `int ARRAY[3]`: the server keeps neither sizes nor dimensions (postgresql.org/docs/current/arrays.html, 8.15.1). */
const ARRAY = /\s*(?:(?:\[\s*\d*\s*\]\s*)+|\s+array(?:\s*\[\s*\d*\s*\])?)\s*$/i;
/** A name of several words, sizes, and what stands behind them: `timestamp(3) with time zone`. */
const FORM = /^([a-z][a-z0-9_ ]*?)\s*(?:\(\s*([^)]*?)\s*\))?\s*((?:with|without) time zone)?$/i;
/** From here on a float is one of 8 bytes. */
const LONGEST_REAL = 24;

const FORM_OF_SQL: ReadonlyMap<string, readonly [string, TypeForm]> = new Map(
  Array.from(TYPE_FORMS, ([name, form]) => [form.sql, [name, form]] as const),
);

interface Known {
  /** In HCL. */
  readonly name: string;
  readonly form: TypeForm;
  readonly sizes: readonly string[];
}

/** Without the array's brackets. */
export const elementOf = (text: string): { readonly element: string; readonly isArray: boolean } => {
  const element = text.replace(ARRAY, '').trim();
  return { element, isArray: element !== text.trim() };
};

/** A type of the server's own; undefined for one of the user's, or of an extension. */
function known(sql: string): Known | undefined {
  const [, head = '', sizesText, tail] = FORM.exec(sql.trim().replace(/^pg_catalog\./i, '')) ?? [];
  const words = `${head}${tail === undefined ? '' : ` ${tail}`}`.toLowerCase().replaceAll(/\s+/g, ' ');
  const sizes = (sizesText ?? '').split(',').map((size) => size.trim());
  const given = sizesText === undefined || sizesText === '' ? [] : sizes;
  if (words === 'float') return float(given);
  const found = FORM_OF_SQL.get(ALIASES.get(words) ?? words);
  if (found === undefined) return undefined;
  const [name, form] = found;
  // `bpchar(5)` is `character(5)`; without a size it is as long as its text.
  if (name === 'bpchar' && given.length > 0) return known(`character(${given.join(',')})`);
  return given.length > form.sizes ? undefined : { name, form, sizes: canonicalSizes(form, given) };
}

function float([bits = '53']: readonly string[]): Known | undefined {
  return known(Number(bits) <= LONGEST_REAL ? 'real' : 'double precision');
}

function canonicalSizes({ sizes: most, dropped, implied }: TypeForm, given: readonly string[]): readonly string[] {
  if (given.length === 0) return implied === undefined ? [] : [String(implied)];
  if (most === 1 && Number(given[0]) === dropped) return [];
  // `numeric(10)` and `numeric(10,0)` are the same.
  return given.length === 2 && Number(given[1]) === 0 ? given.slice(0, 1) : given;
}

const withSizes = (name: string, sizes: readonly string[]): string =>
  sizes.length === 0 ? name : `${name}(${sizes.join(',')})`;

function canonical(sql: string): string {
  const { element, isArray } = elementOf(sql);
  const found = known(element);
  const text = found === undefined ? element : withSizes(found.form.sql, found.sizes);
  return isArray ? `${text}[]` : text;
}

/** Bare names that HCL knows, aliases included. */
const NAMES: readonly string[] = [
  ...new Set([...TYPE_FORMS.keys(), 'float', ...[...ALIASES.keys()].map((name) => name.replaceAll(' ', '_'))]),
];

export const POSTGRES_TYPES: Types = {
  names: NAMES,
  parse({ name, arguments: sizes }: TypeWords) {
    const form = TYPE_FORMS.get(name);
    const sql = form?.sql ?? name.replaceAll('_', ' ');
    if (form === undefined && !NAMES.includes(name)) return { problem: `unknown type "${name}"` };
    const given = sizes.map(String);
    if (given.some((size) => !/^-?\d+$/.test(size))) return { problem: `type "${name}" takes numbers as sizes` };
    const found = known(withSizes(sql, given));
    if (found !== undefined) return { text: withSizes(found.form.sql, found.sizes) };
    const most = form?.sizes ?? FORM_OF_SQL.get(ALIASES.get(sql) ?? sql)?.[1].sizes ?? 1;
    return { problem: `type "${name}" takes ${most === 0 ? 'no size' : `at most ${most}`}` };
  },
  canonical,
  print(text) {
    const found = elementOf(text).isArray ? undefined : known(text);
    return found === undefined ? undefined : withSizes(found.name, found.sizes);
  },
};

/** Canonical name of a type of the server's own, without sizes; undefined for others and for arrays. */
export const baseOf = (text: string): string | undefined =>
  elementOf(text).isArray ? undefined : known(text)?.form.sql;
