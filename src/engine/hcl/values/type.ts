/** Types of HCL values, as cty has them. */
export type Type =
  | { readonly kind: 'string' }
  | { readonly kind: 'number' }
  | { readonly kind: 'bool' }
  /** Not known, or any. */
  | { readonly kind: 'any' }
  | { readonly kind: 'list' | 'set' | 'map'; readonly element: Type }
  | { readonly kind: 'tuple'; readonly elements: readonly Type[] }
  | { readonly kind: 'object'; readonly attributes: ReadonlyMap<string, Type> }
  /** Opaque values of the caller's: `deployment`, `sql`. */
  | { readonly kind: 'reference'; readonly name: string };

export const STRING: Type = { kind: 'string' };
export const NUMBER: Type = { kind: 'number' };
export const BOOL: Type = { kind: 'bool' };
export const ANY: Type = { kind: 'any' };

export const listOf = (element: Type): Type => ({ kind: 'list', element });
export const setOf = (element: Type): Type => ({ kind: 'set', element });
export const mapOf = (element: Type): Type => ({ kind: 'map', element });

export function sameType(a: Type, b: Type): boolean {
  switch (a.kind) {
    case 'list':
    case 'set':
    case 'map':
      return b.kind === a.kind && sameType(a.element, b.element);
    case 'tuple':
      return (
        b.kind === 'tuple' &&
        a.elements.length === b.elements.length &&
        a.elements.every((element, index) => sameType(element, b.elements[index] ?? ANY))
      );
    case 'object': {
      if (b.kind !== 'object' || a.attributes.size !== b.attributes.size) return false;
      const other = b.attributes;
      return [...a.attributes].every(([name, type]) => {
        const twin = other.get(name);
        return twin !== undefined && sameType(type, twin);
      });
    }
    case 'reference':
      return b.kind === 'reference' && a.name === b.name;
    default:
      return a.kind === b.kind;
  }
}

/** `list of string`, `object`: the type as messages name it. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'any':
      return 'dynamic';
    case 'list':
    case 'set':
    case 'map':
      return type.element.kind === 'any'
        ? `${type.kind} of any single type`
        : `${type.kind} of ${typeName(type.element)}`;
    case 'reference':
      return type.name;
    default:
      return type.kind;
  }
}

export function isPrimitive(type: Type): boolean {
  return type.kind === 'string' || type.kind === 'number' || type.kind === 'bool';
}
