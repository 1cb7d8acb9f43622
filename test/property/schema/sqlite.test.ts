import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SQLITE } from '../../../src/engine/dialects/sqlite/dialect.ts';
import { diffRealms } from '../../../src/engine/diff/diff-realms.ts';
import { formatFile } from '../../../src/engine/hcl/format/format-file.ts';
import { planChanges } from '../../../src/engine/plan/plan-changes.ts';
import type { Realm } from '../../../src/engine/schema/realm.ts';
import { printRealm } from '../../../src/engine/spec/print-realm.ts';
import { readDocument } from '../../../src/engine/spec/read-document.ts';
import { sqliteRealm } from './sqlite-realms.ts';

const RUNS = Number(process.env.FLOTILLA_SCHEMA_RUNS ?? 300);
const EMPTY: Realm = { objects: [], schemas: [{ name: 'main', properties: {}, tables: [], objects: [] }] };

const inspect = (db: DatabaseSync): Realm => {
  const rows = SQLITE.catalog.queries({ schemas: [] }).map((query) => db.prepare(query).all());
  return SQLITE.catalog.read(rows, { schemas: [] });
};

/** Runs what brings the database from one state to another; what undoes it, last first. */
function migrate(db: DatabaseSync, from: Realm, to: Realm): readonly string[] | undefined {
  const plan = planChanges(SQLITE, { from, to }, diffRealms(SQLITE, from, to), { isSchemaScoped: true, indent: '' });
  for (const { text } of plan.statements) db.exec(text);
  if (!plan.isReversible) return undefined;
  return plan.statements.toReversed().flatMap(({ reverse }) => (reverse === 'irreversible' ? [] : reverse));
}

const open = (): DatabaseSync => new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });

describe('schemas of SQLite', () => {
  it('do not differ from themselves, nor from what they are printed and read as', () => {
    fc.assert(
      fc.property(sqliteRealm, (realm) => {
        expect(diffRealms(SQLITE, realm, realm)).toEqual([]);
        const text = printRealm(SQLITE, realm);
        // But for the sizes of types, which Atlas prints without a space.
        expect(formatFile(text)).toBe(text.replaceAll(/(\d),(\d)/g, '$1, $2'));
        const { realm: read, diagnostics } = readDocument(SQLITE, [{ file: 'a.hcl', text }]);
        expect(diagnostics).toEqual([]);
        expect(diffRealms(SQLITE, realm, read)).toEqual([]);
        expect(diffRealms(SQLITE, read, realm)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('are what a database has after it was brought to them from any other, and back', () => {
    fc.assert(
      fc.property(sqliteRealm, sqliteRealm, (a, b) => {
        const db = open();
        try {
          migrate(db, EMPTY, a);
          expect(diffRealms(SQLITE, inspect(db), a)).toEqual([]);
          const back = migrate(db, inspect(db), b);
          expect(diffRealms(SQLITE, inspect(db), b)).toEqual([]);
          if (back === undefined) return;
          for (const statement of back) db.exec(statement);
          expect(diffRealms(SQLITE, inspect(db), a)).toEqual([]);
        } finally {
          db.close();
        }
      }),
      { numRuns: RUNS },
    );
  });
});
