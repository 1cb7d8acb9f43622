import type { ObjectReference } from './object.ts';
import type { Properties, Property } from './property.ts';

const PARTS = new Set(['kind', 'schema', 'name', 'on']);

/** What an attribute of form `reference` keeps, or the object of a type. */
export function isReference(value: Property | undefined): value is Property & ObjectReference {
  if (typeof value !== 'object' || Array.isArray(value) || !('kind' in value) || !('name' in value)) return false;
  return Object.entries(value).every(([name, part]) => PARTS.has(name) && typeof part === 'string');
}

/** All objects that the properties name, each once, in their order. A column is none. */
export function referencesIn(properties: Properties): readonly ObjectReference[] {
  const found = new Map<string, ObjectReference>();
  const visit = (value: Property): void => {
    if (isReference(value)) {
      if (value.kind !== 'column') found.set(referenceKey(value), value);
    } else if (typeof value === 'object') for (const part of Object.values(value) as readonly Property[]) visit(part);
  };
  for (const value of Object.values(properties)) visit(value);
  return [...found.values()];
}

/** Equal for two references to one thing. */
export const referenceKey = ({ kind, schema = '', on = '', name }: ObjectReference): string =>
  JSON.stringify([kind, schema, on, name]);

/** The properties with each reference in them changed. */
export function mapReferences(
  properties: Properties,
  change: (reference: ObjectReference) => ObjectReference,
): Properties {
  const visit = (value: Property): Property => {
    if (isReference(value)) return { ...change(value) } as unknown as Property;
    if (Array.isArray(value)) return value.map(visit);
    return typeof value === 'object' ? mapReferences(value as Properties, change) : value;
  };
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, visit(value)]));
}
