import type { ObjectReference, SchemaObject } from '../../schema/object.ts';
import { isSql } from '../../schema/property.ts';
import { referenceKey } from '../../schema/property-references.ts';
import type { Realm } from '../../schema/realm.ts';
import type { Table } from '../../schema/table.ts';

const RELATIONS = ['table', 'view', 'materialized', 'foreign_table', 'partition'];
const ROUTINES = ['function', 'procedure', 'aggregate'];

/** Strings and comments, or a name of one or two parts, with the parenthesis or the % behind it. */
const TOKEN =
  /'(?:[^']|'')*'|--[^\n]*|\/\*.*?\*\/|("(?:[^"]|"")*"|[a-z_][\w$]*)(?:\s*\.\s*("(?:[^"]|"")*"|[a-z_][\w$]*))?\s*(\(|%\s*(?:row)?type\b)?/gis;

/**
 * What SQL text needs that nobody has said: the server notes nothing of the body of a function that stands in quotes, but reads it when the function is
 * made, and HCL that was written by hand seldom has `depends_on`. Names in the text that are those of objects of the realm count; a guess that would close a
 * circle with what is known does not.
 * @param isWritten by hand: the text of views, defaults and checks is read too
 */
export function inferNeeds(realm: Realm, { isWritten }: { readonly isWritten: boolean }): Realm {
  const names = namesOf(realm);
  const known = knownNeeds(realm);
  const add = (
    own: ObjectReference,
    said: readonly ObjectReference[],
    texts: readonly string[],
    kinds: Kinds,
  ): readonly ObjectReference[] => {
    const seen = new Set([referenceKey(own), ...said.map(referenceKey)]);
    const found = texts.flatMap((text) => namedIn(text, own.schema ?? '', names, kinds));
    const added = found.filter((one) => {
      const key = referenceKey(one);
      if (seen.has(key) || reaches(known, key, referenceKey(own))) return false;
      seen.add(key);
      return true;
    });
    return added.length === 0 ? said : [...said, ...added];
  };
  return {
    ...realm,
    schemas: realm.schemas.map((schema) => ({
      ...schema,
      tables: isWritten
        ? schema.tables.map((table) => ({
            ...table,
            dependsOn: add(
              { kind: 'table', schema: schema.name, name: table.name },
              table.dependsOn,
              textsOfTable(table),
              { onlyRoutines: true },
            ),
          }))
        : schema.tables,
      objects: schema.objects.map((object) => {
        const { kind, name } = object;
        const { texts, kinds } = textsOfObject(object, isWritten);
        return {
          ...object,
          dependsOn: add({ kind, schema: schema.name, name }, object.dependsOn, texts, kinds),
        };
      }),
    })),
  };
}

interface Kinds {
  readonly onlyRoutines?: boolean;
  /** Only what a variable is declared to be like: `orders%ROWTYPE`. */
  readonly onlyTypes?: boolean;
}

function textsOfObject(
  { kind, properties }: SchemaObject,
  isWritten: boolean,
): { readonly texts: readonly string[]; readonly kinds: Kinds } {
  const { as, lang } = properties;
  const texts = typeof as === 'string' ? [as] : [];
  if (kind === 'function' || kind === 'procedure')
    return { texts, kinds: { onlyTypes: String(lang).toUpperCase() !== 'SQL' } };
  if (!isWritten) return { texts: [], kinds: {} };
  return kind === 'domain'
    ? { texts: [JSON.stringify(properties.check ?? '')], kinds: { onlyRoutines: true } }
    : { texts, kinds: {} };
}

const textsOfTable = ({ columns, checks, indexes }: Table): readonly string[] => [
  ...columns.flatMap(({ default: value, generated }) => [
    ...(isSql(value) ? [value.sql] : []),
    ...(generated === undefined ? [] : [generated.expression]),
  ]),
  ...checks.map(({ expression }) => expression),
  ...indexes.flatMap(({ parts }) => parts.flatMap(({ expression }) => expression ?? [])),
];

type Names = ReadonlyMap<string, readonly ObjectReference[]>;

/** Objects by their name alone. */
function namesOf({ schemas }: Realm): Names {
  const all = schemas.flatMap(({ name: schema, tables, objects }) => [
    ...tables.map(({ name }): ObjectReference => ({ kind: 'table', schema, name })),
    ...objects
      .filter(({ kind }) => RELATIONS.includes(kind) || ROUTINES.includes(kind))
      .map(({ kind, name }): ObjectReference => ({ kind, schema, name })),
  ]);
  return Map.groupBy(all, ({ name }) => name);
}

function namedIn(text: string, schema: string, names: Names, kinds: Kinds): readonly ObjectReference[] {
  return Array.from(text.matchAll(TOKEN)).flatMap(([, first, second, behind = '']): readonly ObjectReference[] => {
    if (first === undefined) return [];
    const isCall = behind === '(';
    if (kinds.onlyTypes === true && !behind.startsWith('%')) return [];
    if (kinds.onlyRoutines === true && !isCall) return [];
    const [left, right] = [plain(first), second === undefined ? undefined : plain(second)];
    const isMeant = ({ kind }: ObjectReference): boolean =>
      ROUTINES.includes(kind) ? isCall : kinds.onlyRoutines !== true;
    const inSchema = (names.get(right ?? '') ?? []).filter((one) => one.schema === left && isMeant(one));
    if (inSchema.length > 0) return inSchema;
    // `orders.id` names a table too, where a type is like its column's.
    if (right !== undefined && !behind.startsWith('%')) return [];
    const found = (names.get(left) ?? []).filter(isMeant);
    const own = found.filter((one) => one.schema === schema);
    return own.length > 0 ? own : found;
  });
}

const plain = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();

function knownNeeds({ schemas }: Realm): ReadonlyMap<string, readonly string[]> {
  return new Map(
    schemas.flatMap(({ name: schema, tables, objects }) => [
      ...tables.map(
        ({ name, dependsOn }) => [referenceKey({ kind: 'table', schema, name }), dependsOn.map(referenceKey)] as const,
      ),
      ...objects.map(
        ({ kind, name, on, dependsOn }) =>
          [
            referenceKey({ kind, schema, name, ...(on === undefined ? {} : { on }) }),
            dependsOn.map(referenceKey),
          ] as const,
      ),
    ]),
  );
}

function reaches(needs: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (key === to) return true;
    if (seen.has(key)) continue;
    seen.add(key);
    open.push(...(needs.get(key) ?? []));
  }
  return false;
}
