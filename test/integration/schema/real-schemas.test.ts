import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { POSTGRES } from '../../../src/engine/dialects/postgres/dialect.ts';
import type { Realm } from '../../../src/engine/schema/realm.ts';
import { printRealm } from '../../../src/engine/spec/print-realm.ts';
import { readDocument } from '../../../src/engine/spec/read-document.ts';
import { differences, openSchemaDatabase } from '../../support/schema-database.ts';
import { postgresServer, skipReason } from '../../support/servers.ts';

const EMPTY: Realm = { objects: [], schemas: [{ name: 'public', properties: {}, tables: [], objects: [] }] };

interface Sample {
  readonly name: string;
  readonly tables: number;
  readonly triggers: number;
  /** What bodies in quotes are read with: they name tables without a schema. */
  readonly searchPath?: string;
  /**
   * What the server prints in other words once it has read its own: a list of texts in a check, a NULL in a UNION. The second time it is the same.
   */
  readonly reworded?: readonly string[];
}

const SAMPLES: readonly Sample[] = [
  { name: 'dvd-rental', tables: 15, triggers: 4 },
  { name: 'music-store', tables: 11, triggers: 0 },
  {
    name: 'musicbrainz',
    tables: 371,
    triggers: 448,
    searchPath: 'musicbrainz, public',
    reworded: [
      'ModifyObject release_event as',
      'ModifyTable editor_collection_type ModifyCheck',
      'ModifyTable series_type ModifyCheck',
    ],
  },
];

describe.skipIf(await skipReason(postgresServer))('schemas of real applications', () => {
  it.each(SAMPLES)('$name comes out of HCL and an empty database as it went in', async (sample) => {
    const server = await postgresServer();
    const [first, second, third] = await Promise.all(
      [1, 2, 3].map((at) => openSchemaDatabase(server, `real_${sample.name}_${at}_${process.pid}`)),
    );
    if (first === undefined || second === undefined || third === undefined) throw new Error('no database');
    try {
      await first.run(fs.readFileSync(`test/data/schemas/${sample.name}.sql`, 'utf8'));
      let realm = await first.inspect();
      expect(realm.schemas.flatMap(({ tables }) => tables)).toHaveLength(sample.tables);
      const objects = realm.schemas.flatMap((schema) => schema.objects);
      expect(objects.filter(({ kind }) => kind === 'trigger')).toHaveLength(sample.triggers);
      let allowed = sample.reworded ?? [];
      for (const database of [second, third]) {
        if (sample.searchPath !== undefined) await database.run(`SET search_path = ${sample.searchPath}`);
        const { realm: read, diagnostics } = readDocument(POSTGRES, [
          { file: 'a.hcl', text: printRealm(POSTGRES, realm) },
        ]);
        expect(diagnostics).toEqual([]);
        expect(differences(realm, read)).toEqual([]);
        await database.migrate(EMPTY, read);
        const again = await database.inspect();
        expect(differences(realm, again)).toEqual(allowed);
        realm = again;
        allowed = [];
      }
      await third.migrate(realm, EMPTY);
      expect(differences(EMPTY, await third.inspect())).toEqual([]);
    } finally {
      for (const database of [first, second, third]) await database.end();
    }
  });
});
