import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POSTGRES } from '../../../src/engine/dialects/postgres/dialect.ts';
import { printRealm } from '../../../src/engine/spec/print-realm.ts';
import { readDocument } from '../../../src/engine/spec/read-document.ts';
import { differences, openSchemaDatabase } from '../../support/schema-database.ts';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { objectsSql } from './postgres-objects.ts';

const RUNS = Number(process.env.FLOTILLA_SCHEMA_RUNS ?? 40);
const CLEAN = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public';

describe.skipIf(await skipReason(postgresServer))('objects of Postgres', () => {
  it('go through HCL, from any state to any other, and back', async () => {
    const database = await openSchemaDatabase(await postgresServer(), `objects_property_${process.pid}`);
    const state = async (sql: string) => {
      await database.run(`${CLEAN};\n${sql}`);
      return database.inspect();
    };
    try {
      await fc.assert(
        fc.asyncProperty(objectsSql, objectsSql, async (left, right) => {
          const to = await state(right);
          const from = await state(left);
          expect(differences(from, from)).toEqual([]);
          const { realm: read, diagnostics } = readDocument(POSTGRES, [
            { file: 'a.hcl', text: printRealm(POSTGRES, to) },
          ]);
          expect(diagnostics).toEqual([]);
          expect(differences(to, read)).toEqual([]);
          const back = await database.migrate(from, read);
          expect(differences(await database.inspect(), to)).toEqual([]);
          if (back === undefined) return;
          for (const statement of back) await database.run(statement);
          expect(differences(await database.inspect(), from)).toEqual([]);
        }),
        { numRuns: RUNS },
      );
    } finally {
      await database.end();
    }
  });
});
