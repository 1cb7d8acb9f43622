import { describe, expect, it } from 'vitest';
import { excludeFrom, parsePatterns } from '../../../../src/engine/schema/exclude.ts';
import type { Realm } from '../../../../src/engine/schema/realm.ts';
import type { Table } from '../../../../src/engine/schema/table.ts';

const table = (name: string): Table => ({
  name,
  columns: ['id', 'owner'].map((column) => ({
    name: column,
    type: { text: 'int' },
    isNullable: false,
    properties: {},
  })),
  foreignKeys: [
    {
      name: 'fk',
      columns: ['owner'],
      references: { schema: 'a', table: 'users', columns: ['id'] },
      onUpdate: 'NO ACTION',
      onDelete: 'NO ACTION',
      properties: {},
    },
  ],
  indexes: [
    {
      name: 'by_owner',
      isUnique: false,
      parts: [{ column: 'owner', isDescending: false, properties: {} }],
      properties: {},
    },
  ],
  checks: [],
  properties: {},
  dependsOn: [],
});
const schema = (name: string) => ({
  name,
  properties: {},
  tables: [table('users'), table('pets.old')],
  objects: [
    { kind: 'view', name: 'users_view', properties: {}, dependsOn: [] },
    { kind: 'trigger', name: 'tr', on: 'users', properties: {}, dependsOn: [] },
  ],
});
const REALM: Realm = {
  objects: [{ kind: 'extension', name: 'citext', properties: {}, dependsOn: [] }],
  schemas: [schema('a'), schema('b')],
};

function left(patterns: readonly string[], isSchemaScoped = false): readonly string[] {
  const parsed = parsePatterns(patterns);
  if ('problem' in parsed) return [parsed.problem];
  const realm = excludeFrom(REALM, parsed.patterns, { isSchemaScoped });
  return [
    ...realm.objects.map(({ name }) => name),
    ...realm.schemas.flatMap(({ name, tables, objects }) => [
      name,
      ...tables.flatMap((one) => [
        `${name}.${one.name}`,
        ...[...one.columns, ...one.indexes, ...one.foreignKeys].map((part) => `${name}.${one.name}.${part.name}`),
      ]),
      ...objects.map((object) => `${name}:${object.name}`),
    ]),
  ];
}
const gone = (patterns: readonly string[], isSchemaScoped = false): readonly string[] => {
  const kept = new Set(left(patterns, isSchemaScoped));
  return left([]).filter((name) => !kept.has(name));
};
const OF = (name: string): readonly string[] =>
  ['', '.id', '.owner', '.by_owner', '.fk'].map((part) => `${name}${part}`);

describe('exclude', () => {
  it.each([
    ['b', ['b', ...OF('b.users'), ...OF('b.pets.old'), 'b:users_view', 'b:tr']],
    ['a.users', [...OF('a.users'), 'a:tr']],
    ['a.users*[type=table]', [...OF('a.users'), 'a:tr']],
    ['*.users_view', ['a:users_view', 'b:users_view']],
    ['a.*[type=view|trigger]', ['a:users_view', 'a:tr']],
    ['a."pets.old"', OF('a.pets.old')],
    ['a.users.owner', ['a.users.owner', 'a.users.by_owner', 'a.users.fk']],
    ['a.users.*[type=fk]', ['a.users.fk']],
    ['?.users.i[a-d]', ['a.users.id', 'b.users.id']],
    ['*[type=extension]', ['citext']],
  ])('%s', (pattern, expected) => {
    expect(gone([pattern])).toEqual(expected);
  });

  it('begins below the schema where there is one only', () => {
    expect(gone(['users_view'], true)).toEqual(['a:users_view', 'b:users_view']);
  });

  it('refuses more parts than there are', () => {
    expect(left(['a.b.c.d'])).toEqual(['too many parts in pattern: "a.b.c.d"']);
  });
});
