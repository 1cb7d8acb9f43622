import type { Change, ModifyObject, ModifySchema } from '../changes/change.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { SchemaObject } from '../schema/object.ts';
import type { Realm, Schema } from '../schema/realm.ts';
import { diffTables } from './diff-tables.ts';
import { byName, renamesOf } from './match.ts';
import { changedProperties, expressions } from './same.ts';

/**
 * What has to change for `from` to become `to`, in the order of atlas-engine.md 2.3: dropped and modified things in the order of `from`,
 * then added ones in the order of `to`. Both sides normalized. An empty list: nothing differs.
 */
export function diffRealms(dialect: Dialect, from: Realm, to: Realm): readonly Change[] {
  const desired = byName(to.schemas);
  const current = byName(from.schemas);
  return [
    ...diffObjects(dialect, '', from.objects, to.objects),
    ...from.schemas.flatMap((schema): readonly Change[] => {
      const wanted = desired.get(schema.name);
      return wanted === undefined ? dropSchema(schema) : diffSchemas(dialect, schema, wanted);
    }),
    ...to.schemas.filter(({ name }) => !current.has(name)).flatMap(addSchema),
  ];
}

/** Of two schemas that are one, whatever their names. */
function diffSchemas(dialect: Dialect, from: Schema, to: Schema): readonly Change[] {
  const changed = changedProperties(from.properties, to.properties, dialect.blocks.schema, expressions());
  const own: readonly ModifySchema[] = changed.length === 0 ? [] : [{ kind: 'ModifySchema', from, to, changed }];
  return [...own, ...diffObjects(dialect, to.name, from.objects, to.objects), ...diffTablesOf(dialect, from, to)];
}

const addSchema = (to: Schema): readonly Change[] => [
  { kind: 'AddSchema', to },
  ...to.objects.map((object): Change => ({ kind: 'AddObject', schema: to.name, to: object })),
  ...to.tables.map((table): Change => ({ kind: 'AddTable', schema: to.name, to: table })),
];

const dropSchema = (from: Schema): readonly Change[] => [
  ...from.tables.map((table): Change => ({ kind: 'DropTable', schema: from.name, from: table })),
  ...from.objects.map((object): Change => ({ kind: 'DropObject', schema: from.name, from: object })),
  { kind: 'DropSchema', from },
];

function diffTablesOf(dialect: Dialect, from: Schema, to: Schema): readonly Change[] {
  const desired = byName(to.tables);
  const current = byName(from.tables);
  const renamed = renamesOf(from.tables, to.tables);
  const kept = from.tables.flatMap((table): readonly Change[] => {
    const wanted = desired.get(table.name) ?? renamed.get(table.name);
    if (wanted === undefined) return [{ kind: 'DropTable', schema: to.name, from: table }];
    const isRenamed = wanted.name !== table.name;
    const changes = diffTables(dialect, table, wanted);
    return [
      ...(isRenamed ? [{ kind: 'RenameTable' as const, schema: to.name, from: table, to: wanted }] : []),
      ...(changes.length === 0
        ? []
        : [
            {
              kind: 'ModifyTable' as const,
              schema: to.name,
              from: isRenamed ? { ...table, name: wanted.name } : table,
              to: wanted,
              changes,
            },
          ]),
    ];
  });
  const taken = new Set([...renamed.values()].map(({ name }) => name));
  const added = to.tables.filter(({ name }) => !current.has(name) && !taken.has(name));
  return [...kept, ...added.map((table): Change => ({ kind: 'AddTable', schema: to.name, to: table }))];
}

function diffObjects(
  dialect: Dialect,
  schema: string,
  from: readonly SchemaObject[],
  to: readonly SchemaObject[],
): readonly Change[] {
  const keyOf = (object: SchemaObject): string => objectKey(dialect, object);
  const desired = new Map(to.map((object) => [keyOf(object), object]));
  const current = new Map(from.map((object) => [keyOf(object), object]));
  return [
    ...from.flatMap((object): readonly Change[] => {
      const wanted = desired.get(keyOf(object));
      if (wanted === undefined) return [{ kind: 'DropObject', schema, from: object }];
      return modifyObject(dialect, schema, object, wanted);
    }),
    ...to
      .filter((object) => !current.has(keyOf(object)))
      .map((object): Change => ({ kind: 'AddObject', schema, to: object })),
  ];
}

function modifyObject(dialect: Dialect, schema: string, from: SchemaObject, to: SchemaObject): readonly ModifyObject[] {
  const specs = dialect.objects[from.kind]?.attributes ?? [];
  const same = expressions(dialect.diff.sameExpression);
  const changed = changedProperties(from.properties, to.properties, specs, same);
  return changed.length === 0 ? [] : [{ kind: 'ModifyObject', schema, from, to, changed }];
}

const objectKey = ({ objects }: Dialect, { kind, on = '', name, properties }: SchemaObject): string =>
  JSON.stringify([kind, on, name, objects[kind]?.signature?.(properties) ?? '']);
