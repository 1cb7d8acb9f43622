import { fromDouble, toDouble } from './exact-number.ts';
import { bool, NULL, number, object, string, tuple, type Value } from './value.ts';

/** Values as JSON.parse gives them. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/** Numbers become doubles; sets and lists arrays. Undefined where something in it is unknown; references become their path, dotted. */
export function toPlain(value: Value): Plain | undefined {
  switch (value.kind) {
    case 'string':
    case 'bool':
      return value.value;
    case 'number':
      return toDouble(value.value);
    case 'null':
      return null;
    case 'unknown':
      return undefined;
    case 'reference':
      return [value.name, ...value.path].join('.');
    case 'tuple':
    case 'list':
    case 'set': {
      const items = value.items.map(toPlain);
      const known = items.filter((item) => item !== undefined);
      return known.length === items.length ? known : undefined;
    }
    case 'object':
    case 'map': {
      const entries: [string, Plain][] = [];
      for (const [name, entry] of value.entries) {
        const plain = toPlain(entry);
        if (plain === undefined) return undefined;
        entries.push([name, plain]);
      }
      return Object.fromEntries(entries);
    }
  }
}

/** Arrays become tuples, objects objects, as jsondecode has it. A number that is not finite becomes null, as in JSON. */
export function fromPlain(plain: Plain): Value {
  if (plain === null) return NULL;
  switch (typeof plain) {
    case 'boolean':
      return bool(plain);
    case 'string':
      return string(plain);
    case 'number': {
      const exact = fromDouble(plain);
      return exact === undefined ? NULL : number(exact);
    }
    default:
      return isArray(plain)
        ? tuple(plain.map(fromPlain))
        : object(new Map(Object.entries(plain).map(([name, entry]) => [name, fromPlain(entry)])));
  }
}

function isArray(plain: Plain): plain is readonly Plain[] {
  return Array.isArray(plain);
}
