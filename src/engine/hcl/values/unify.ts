import { ANY, isPrimitive, listOf, mapOf, STRING, sameType, type Type } from './type.ts';

/** The type that all of them convert to, by cty's rules; undefined where there is none. */
export function unify(types: readonly Type[]): Type | undefined {
  const known = types.filter((type) => type.kind !== 'any');
  const [first, ...rest] = known;
  if (first === undefined) return ANY;
  if (rest.every((type) => sameType(type, first))) return first;
  if (known.every(isPrimitive)) return known.some((type) => type.kind === 'string') ? STRING : undefined;
  const objects = known.flatMap((type) => (type.kind === 'object' ? [type] : []));
  if (objects.length === known.length) return unifyObjects(objects);
  const tuples = known.flatMap((type) => (type.kind === 'tuple' ? [type] : []));
  if (tuples.length === known.length) return unifyTuples(tuples);
  return unifyMaps(known) ?? unifyLists(known);
}

function unifyObjects(types: readonly (Type & { kind: 'object' })[]): Type | undefined {
  const [first] = types;
  if (first === undefined) return undefined;
  const names = [...first.attributes.keys()];
  const isSameShape = types.every(
    (type) => type.attributes.size === names.length && names.every((name) => type.attributes.has(name)),
  );
  if (!isSameShape)
    return element(
      types.flatMap((type) => [...type.attributes.values()]),
      mapOf,
    );
  const attributes = new Map<string, Type>();
  for (const name of names) {
    const common = unify(types.map((type) => type.attributes.get(name) ?? ANY));
    if (common === undefined)
      return element(
        types.flatMap((type) => [...type.attributes.values()]),
        mapOf,
      );
    attributes.set(name, common);
  }
  return { kind: 'object', attributes };
}

function unifyTuples(types: readonly (Type & { kind: 'tuple' })[]): Type | undefined {
  const length = types[0]?.elements.length ?? 0;
  const all = types.flatMap((type) => type.elements);
  if (types.some((type) => type.elements.length !== length)) return element(all, listOf);
  const elements: Type[] = [];
  for (let index = 0; index < length; index++) {
    const common = unify(types.map((type) => type.elements[index] ?? ANY));
    if (common === undefined) return undefined;
    elements.push(common);
  }
  return { kind: 'tuple', elements };
}

function unifyMaps(types: readonly Type[]): Type | undefined {
  const elements: Type[] = [];
  for (const type of types) {
    if (type.kind === 'map') elements.push(type.element);
    else if (type.kind === 'object') elements.push(...type.attributes.values());
    else return undefined;
  }
  return element(elements, mapOf);
}

function unifyLists(types: readonly Type[]): Type | undefined {
  const elements: Type[] = [];
  let isSet = false;
  for (const type of types) {
    if (type.kind === 'list' || type.kind === 'set') elements.push(type.element);
    else if (type.kind === 'tuple') elements.push(...type.elements);
    else return undefined;
    isSet ||= type.kind === 'set';
  }
  return element(elements, (common) =>
    isSet && types.every((type) => type.kind !== 'list') ? { kind: 'set', element: common } : listOf(common),
  );
}

function element(types: readonly Type[], of: (element: Type) => Type): Type | undefined {
  const common = unify(types);
  return common === undefined ? undefined : of(common);
}
