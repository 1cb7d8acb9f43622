import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES } from '../../../src/engine/dialects/postgres/dialect.ts';
import type { Realm } from '../../../src/engine/schema/realm.ts';
import { printRealm } from '../../../src/engine/spec/print-realm.ts';
import { readDocument } from '../../../src/engine/spec/read-document.ts';
import { differences, openSchemaDatabase, type SchemaDatabase } from '../../support/schema-database.ts';
import { postgresServer, skipReason } from '../../support/servers.ts';

const EMPTY: Realm = { objects: [], schemas: [{ name: 'public', properties: {}, tables: [], objects: [] }] };

/** What an HCL document says; it must have no mistake. */
function read(text: string): Realm {
  const { realm, diagnostics } = readDocument(POSTGRES, [{ file: 'a.hcl', text }]);
  expect(diagnostics).toEqual([]);
  return realm;
}

describe.skipIf(await skipReason(postgresServer))('objects of Postgres', () => {
  let left: SchemaDatabase;
  let right: SchemaDatabase;
  beforeAll(async () => {
    const server = await postgresServer();
    left = await openSchemaDatabase(server, `objects_left_${process.pid}`);
    right = await openSchemaDatabase(server, `objects_right_${process.pid}`);
  });
  afterAll(async () => {
    await left?.end();
    await right?.end();
  });

  it('of every kind are the same after they went through HCL to an empty database, and go without a trace', async () => {
    await left.run(fs.readFileSync('test/data/schemas/every-kind.sql', 'utf8'));
    const realm = await left.inspect();
    const kinds = new Set(
      [...realm.objects, ...realm.schemas.flatMap(({ objects }) => objects)].map(({ kind }) => kind),
    );
    expect([...kinds].toSorted()).toEqual(Object.keys(POSTGRES.objects).toSorted());
    const text = printRealm(POSTGRES, realm);
    expect(text).not.toContain('secret');
    const document = read(text);
    expect(differences(realm, document)).toEqual([]);
    await right.migrate(EMPTY, document);
    const again = await right.inspect();
    expect(differences(realm, again)).toEqual([]);
    expect(printRealm(POSTGRES, again)).toBe(text);
    const back = await right.migrate(again, EMPTY);
    expect(differences(EMPTY, await right.inspect())).toEqual([]);
    // Back again, but for the schema: its drop cannot be undone.
    expect(back).toBeUndefined();
  });

  it('that cannot be altered are made anew with what stands on them', async () => {
    const from = await left.inspect();
    const text = printRealm(POSTGRES, from).replace(
      /SELECT o\.id,\n\s+o\.number,/,
      'SELECT o.id::text AS id, o.number,',
    );
    const changed = read(text.replaceAll(/column "id" \{\n {4}type = bigint\n/g, 'column "id" {\n    type = text\n'));
    const to: Realm = {
      ...from,
      schemas: from.schemas.map((schema) => ({
        ...schema,
        objects: schema.objects.map((object) =>
          object.name === 'zz_open'
            ? (changed.schemas.flatMap(({ objects }) => objects).find(({ name }) => name === 'zz_open') ?? object)
            : object,
        ),
      })),
    };
    await left.migrate(from, to);
    const after = await left.inspect();
    const views = after.schemas.flatMap(({ objects }) => objects).filter(({ kind }) => kind === 'view');
    expect(views.map(({ name }) => name)).toEqual(['aa_open', 'checked', 'zz_open']);
    expect(JSON.stringify(views.find(({ name }) => name === 'zz_open')?.properties.column)).toContain('"text"');
    expect(after.schemas.flatMap(({ objects }) => objects).filter(({ on }) => on === 'zz_open')).toHaveLength(1);
  });

  it('go and come back where a column that they read gets another type', async () => {
    const from = await left.inspect();
    const text = printRealm(POSTGRES, from);
    const to = read(
      text.replace('type = numeric(12,2)\n  }\n  column "placed"', 'type = numeric(14,2)\n  }\n  column "placed"'),
    );
    expect(differences(from, to)).toEqual(['ModifyTable orders ModifyColumn']);
    await left.migrate(from, to);
    const after = await left.inspect();
    expect(printRealm(POSTGRES, after).replaceAll('numeric(14,2)', 'numeric(12,2)')).toBe(text);
  });

  it('are refused where a table needs what would have to be made anew', async () => {
    const from = await left.inspect();
    const to: Realm = {
      ...from,
      schemas: from.schemas.map((schema) => ({
        ...schema,
        objects: schema.objects.map((object) =>
          object.name === 'span'
            ? { ...object, properties: { ...object.properties, subtype: { text: 'numeric' } } }
            : object,
        ),
      })),
    };
    await expect(left.migrate(from, to)).rejects.toMatchObject({
      code: 'SCHEMA_CHANGE_IMPOSSIBLE',
      message: 'range "span" cannot be changed in this way while table "Customer" needs it',
    });
  });
});
