import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/engine/changes/change.ts';
import { POSTGRES } from '../../../../src/engine/dialects/postgres/dialect.ts';
import { diffRealms } from '../../../../src/engine/diff/diff-realms.ts';
import { orderChanges } from '../../../../src/engine/plan/order-changes.ts';
import type { SchemaObject } from '../../../../src/engine/schema/object.ts';
import type { Realm } from '../../../../src/engine/schema/realm.ts';
import type { Table } from '../../../../src/engine/schema/table.ts';

const table = (name: string, references: readonly string[] = [], type?: string): Table => ({
  name,
  columns: [
    {
      name: 'id',
      type:
        type === undefined ? { text: 'integer' } : { text: type, object: { kind: 'enum', schema: 's', name: type } },
      isNullable: false,
      properties: {},
    },
  ],
  foreignKeys: references.map((to) => ({
    name: `${name}_${to}`,
    columns: ['id'],
    references: { schema: 's', table: to, columns: ['id'] },
    onUpdate: 'NO ACTION',
    onDelete: 'NO ACTION',
    properties: {},
  })),
  indexes: [],
  checks: [],
  properties: {},
  dependsOn: [],
});
const mood: SchemaObject = { kind: 'enum', name: 'mood', properties: { values: ['a'] }, dependsOn: [] };
const realm = (tables: readonly Table[], objects: readonly SchemaObject[] = []): Realm => ({
  objects: [],
  schemas: [{ name: 's', properties: {}, tables, objects }],
});
const nameOf = (change: Change): string => {
  const { name } = 'to' in change ? change.to : change.from;
  const parts = change.kind === 'ModifyTable' ? ` ${change.changes.map(({ kind }) => kind).join()}` : '';
  return `${change.kind} ${name}${parts}`;
};
const order = (from: Realm, to: Realm): readonly string[] =>
  orderChanges(POSTGRES, diffRealms(POSTGRES, from, to)).map(nameOf);
const NOTHING: Realm = { objects: [], schemas: [] };

describe('the order of changes', () => {
  it('makes schemas, then types, then tables behind those that they refer to', () => {
    expect(order(NOTHING, realm([table('a', ['c'], 'mood'), table('b'), table('c', ['c'])], [mood]))).toEqual([
      'AddSchema s',
      'AddObject mood',
      'AddTable c',
      'AddTable a',
      'AddTable b',
    ]);
  });

  it('drops in the other order, and the schema last', () => {
    expect(order(realm([table('a'), table('b', ['a']), table('c', ['b'], 'mood')], [mood]), NOTHING)).toEqual([
      'DropTable c',
      'DropTable b',
      'DropTable a',
      'DropObject mood',
      'DropSchema s',
    ]);
  });

  it('adds the foreign keys of a circle when its tables are there, and drops them before these go', () => {
    const circle = realm([table('a', ['b', 'a']), table('b', ['a'])]);
    expect(order(realm([]), circle)).toEqual([
      'AddTable a',
      'AddTable b',
      'ModifyTable a AddForeignKey',
      'ModifyTable b AddForeignKey',
    ]);
    expect(order(circle, realm([]))).toEqual([
      'ModifyTable a DropForeignKey',
      'ModifyTable b DropForeignKey',
      'DropTable a',
      'DropTable b',
    ]);
  });

  it('changes a table behind the one that its new foreign key refers to, and drops one behind the key that referred to it', () => {
    expect(order(realm([table('a')]), realm([table('a', ['z']), table('z')]))).toEqual([
      'AddTable z',
      'ModifyTable a AddForeignKey',
    ]);
    expect(order(realm([table('b', ['a']), table('a')]), realm([table('b')]))).toEqual([
      'ModifyTable b DropForeignKey',
      'DropTable a',
    ]);
  });

  it('takes time in proportion: ten thousand tables, each referring to the next and the last to the first', () => {
    const count = 10_000;
    const ring = Array.from({ length: count }, (_, i) => table(`t${i}`, [`t${(i + 1) % count}`]));
    const chain = Array.from({ length: count }, (_, i) => table(`t${i}`, i === 0 ? [] : [`t${i - 1}`]));
    const began = performance.now();
    expect(order(realm([]), realm(ring))).toHaveLength(2 * count);
    expect(order(realm([]), realm(chain)).slice(0, 2)).toEqual(['AddTable t0', 'AddTable t1']);
    // Far above what it takes, far below what a square of it would.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
