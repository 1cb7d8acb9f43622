import type { ReferenceValue } from '../hcl/values/value.ts';
import type { ObjectReference } from '../schema/object.ts';

/** What a reference of the document leads to. A column, an index: of a table. */
export function objectReference({ name: kind, path }: ReferenceValue): ObjectReference {
  const [schema = '', first = '', second] = path.length > 1 ? path : ['', ...path];
  const of = schema === '' ? {} : { schema };
  return second === undefined ? { kind, ...of, name: first } : { kind, ...of, on: first, name: second };
}
