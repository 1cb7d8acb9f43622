import { AppError } from '../../shared/errors.ts';
import type { Realm } from '../schema/realm.ts';
import { renameSchema } from '../schema/rename-schema.ts';

interface Scoped {
  readonly from: Realm;
  readonly to: Realm;
  readonly isSchemaScoped: boolean;
}

/**
 * Both states as one plan sees them: where a connection is bound to a schema, its one schema is compared with the one of the other side, whatever
 * their names (atlas-engine.md 1.10). @throws AppError SCHEMA_SCOPE
 */
export function inOneScope(from: Realm, to: Realm): Scoped {
  if (from.boundTo === undefined && to.boundTo === undefined) return { from, to, isSchemaScoped: false };
  const left = onlySchema(from);
  const right = onlySchema(to);
  const name = left ?? right ?? '';
  return {
    from: { ...from, boundTo: name },
    to: { ...renameSchema(to, right ?? name, name), boundTo: name },
    isSchemaScoped: true,
  };
}

function onlySchema({ schemas }: Realm): string | undefined {
  if (schemas.length > 1)
    throw new AppError(
      'SCHEMA_SCOPE',
      `found ${schemas.length} schemas when migration plan is scoped to one: [${schemas.map(({ name }) => JSON.stringify(name)).join(' ')}]`,
      { next: 'leave the schema out of the URL (search_path), or declare one schema' },
    );
  return schemas[0]?.name;
}
