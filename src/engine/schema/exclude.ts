import { escapeRegExp } from '../../shared/escape-reg-exp.ts';
import type { Realm, Schema } from './realm.ts';
import type { ForeignKey, Index, Table } from './table.ts';

/** `public.users.*[type=column|index]`: a glob for each part, and the kinds that it is meant for (atlas-engine.md 1.12). */
interface Part {
  readonly glob: RegExp;
  /** Undefined: any. */
  readonly kinds: readonly string[] | undefined;
}

const SELECTOR = /\[type=([a-z_]+(?:\|[a-z_]+)*)\]$/;
const MOST_PARTS = 3;

export type ParsedPatterns = { readonly patterns: readonly (readonly Part[])[] } | { readonly problem: string };

/** Parts are separated by dots, as CSV has commas: one in double quotes may hold a dot. */
export function parsePatterns(texts: readonly string[]): ParsedPatterns {
  const patterns: (readonly Part[])[] = [];
  for (const text of texts) {
    const parts = text.match(/"(?:[^"]|"")*"(?:\[[^\]]*\])?|(?:\[[^\]]*\]|[^.])+/g) ?? [];
    if (parts.length > MOST_PARTS) return { problem: `too many parts in pattern: "${text}"` };
    patterns.push(parts.map(parsePart));
  }
  return { patterns };
}

function parsePart(text: string): Part {
  const kinds = SELECTOR.exec(text)?.[1]?.split('|');
  const name = kinds === undefined ? text : text.replace(SELECTOR, '');
  const plain = /^"(.*)"$/.exec(name)?.[1]?.replaceAll('""', '"') ?? name;
  return { glob: compile(plain), kinds };
}

/** As Go's filepath.Match: `*`, `?`, `[a-z]`, `[^a]`, a backslash takes the next as it is. */
function compile(pattern: string): RegExp {
  const source = pattern.replaceAll(
    /\\(.)|\[(\^?)((?:\\.|[^\]])+)\]|([*?])|([^*?[\\]+)|(.)/gs,
    (...groups: unknown[]) => {
      const [, escaped, not, set, wild, plain, other] = groups as readonly (string | undefined)[];
      if (escaped !== undefined) return escapeRegExp(escaped);
      if (set !== undefined) return `[${not ?? ''}${set}]`;
      if (wild !== undefined) return wild === '*' ? '.*' : '.';
      return escapeRegExp(plain ?? other ?? '');
    },
  );
  return new RegExp(`^${source}$`, 's');
}

/** The realm without what the patterns name. A pattern of a plan that is bound to one schema begins below it. */
export function excludeFrom(
  realm: Realm,
  patterns: readonly (readonly Part[])[],
  { isSchemaScoped }: { readonly isSchemaScoped: boolean },
): Realm {
  let result = realm;
  for (const parts of patterns) {
    result = isSchemaScoped ? exclude(result, undefined, parts) : exclude(result, parts[0], parts.slice(1));
  }
  return result;
}

const matches = (part: Part, kind: string, name: string): boolean =>
  (part.kinds === undefined || part.kinds.includes(kind)) && part.glob.test(name);

function exclude(realm: Realm, first: Part | undefined, below: readonly Part[]): Realm {
  const isMeant = (name: string): boolean =>
    first === undefined || matches({ ...first, kinds: undefined }, 'schema', name);
  const [object, part] = below;
  if (object === undefined)
    return first === undefined
      ? realm
      : {
          objects: realm.objects.filter(({ kind, name }) => !matches(first, kind, name)),
          schemas: realm.schemas.filter(({ name }) => !matches(first, 'schema', name)),
        };
  return {
    ...realm,
    schemas: realm.schemas.map((schema) => (isMeant(schema.name) ? excludeBelow(schema, object, part) : schema)),
  };
}

function excludeBelow(schema: Schema, object: Part, part: Part | undefined): Schema {
  if (part === undefined) {
    const gone = new Set(schema.tables.filter(({ name }) => matches(object, 'table', name)).map(({ name }) => name));
    return {
      ...schema,
      tables: schema.tables.filter(({ name }) => !gone.has(name)),
      // What stands on a table goes with it.
      objects: schema.objects.filter(
        ({ kind, name, on }) => !matches(object, kind, name) && (on === undefined || !gone.has(on)),
      ),
    };
  }
  const table = { ...object, kinds: undefined };
  return {
    ...schema,
    tables: schema.tables.map((one) => (matches(table, 'table', one.name) ? excludeParts(one, part) : one)),
    objects: schema.objects.filter(
      ({ kind, name, on }) => on === undefined || !matches(table, 'table', on) || !matches(part, kind, name),
    ),
  };
}

/** A column takes the indexes and foreign keys that use it along. */
function excludeParts(table: Table, part: Part): Table {
  const gone = new Set(table.columns.filter(({ name }) => matches(part, 'column', name)).map(({ name }) => name));
  const usesGone = (names: readonly (string | undefined)[]): boolean =>
    names.some((name) => name !== undefined && gone.has(name));
  const isKept = (index: Index): boolean =>
    !matches(part, 'index', index.name) && !usesGone(index.parts.map(({ column }) => column));
  const isKeyKept = (key: ForeignKey): boolean => !matches(part, 'fk', key.name) && !usesGone(key.columns);
  const { primaryKey, ...rest } = table;
  const keepsKey = primaryKey !== undefined && !usesGone(primaryKey.parts.map(({ column }) => column));
  return {
    ...rest,
    columns: table.columns.filter(({ name }) => !gone.has(name)),
    ...(keepsKey ? { primaryKey } : {}),
    indexes: table.indexes.filter(isKept),
    foreignKeys: table.foreignKeys.filter(isKeyKept),
    checks: table.checks.filter(({ name }) => !matches(part, 'check', name)),
  };
}
