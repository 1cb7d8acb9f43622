import { AGGREGATE } from './aggregate.ts';
import { CAST } from './cast.ts';
import { COLLATION } from './collation.ts';
import { COMPOSITE } from './composite.ts';
import { DOMAIN } from './domain.ts';
import { ENUM } from './enum.ts';
import { EVENT_TRIGGER } from './event-trigger.ts';
import { EXTENSION } from './extension.ts';
import { FOREIGN_TABLE } from './foreign-table.ts';
import { FUNCTION } from './function.ts';
import { MATERIALIZED } from './materialized.ts';
import { PARTITION } from './partition.ts';
import { POLICY } from './policy.ts';
import type { PostgresObject } from './postgres-object.ts';
import { PROCEDURE } from './procedure.ts';
import { RANGE } from './range.ts';
import { SEQUENCE } from './sequence.ts';
import { SERVER } from './server.ts';
import { TRIGGER } from './trigger.ts';
import { USER_MAPPING } from './user-mapping.ts';
import { VIEW } from './view.ts';

/** Kinds of objects in the order in which they can be made. */
export const POSTGRES_OBJECTS: readonly PostgresObject[] = [
  EXTENSION,
  COLLATION,
  ENUM,
  DOMAIN,
  COMPOSITE,
  RANGE,
  SEQUENCE,
  SERVER,
  USER_MAPPING,
  PARTITION,
  FOREIGN_TABLE,
  FUNCTION,
  PROCEDURE,
  AGGREGATE,
  CAST,
  VIEW,
  MATERIALIZED,
  TRIGGER,
  POLICY,
  EVENT_TRIGGER,
];

const BY_KIND = new Map(POSTGRES_OBJECTS.map((object) => [object.kind, object]));

/** @throws Error for a kind that nobody has read */
export function objectOf(kind: string): PostgresObject {
  const found = BY_KIND.get(kind);
  if (found === undefined) throw new Error(`Postgres has no object "${kind}"`);
  return found;
}
