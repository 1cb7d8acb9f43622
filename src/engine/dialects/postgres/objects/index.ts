import { ENUM } from './enum.ts';
import type { PostgresObject } from './postgres-object.ts';

/** Kinds of objects in the order in which they can be made. */
export const POSTGRES_OBJECTS: readonly PostgresObject[] = [ENUM];

const BY_KIND = new Map(POSTGRES_OBJECTS.map((object) => [object.kind, object]));

/** @throws Error for a kind that nobody has read */
export function objectOf(kind: string): PostgresObject {
  const found = BY_KIND.get(kind);
  if (found === undefined) throw new Error(`Postgres has no object "${kind}"`);
  return found;
}
