import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES } from '../../../src/engine/dialects/postgres/dialect.ts';
import { quote } from '../../../src/engine/dialects/postgres/quote.ts';
import { diffRealms } from '../../../src/engine/diff/diff-realms.ts';
import { formatFile } from '../../../src/engine/hcl/format/format-file.ts';
import { planRealms } from '../../../src/engine/plan/plan-realms.ts';
import type { Realm } from '../../../src/engine/schema/realm.ts';
import { printRealm } from '../../../src/engine/spec/print-realm.ts';
import { readDocument } from '../../../src/engine/spec/read-document.ts';
import { AppError } from '../../../src/shared/errors.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { postgresRealm, SCHEMA } from './postgres-realms.ts';

const RUNS = Number(process.env.FLOTILLA_SCHEMA_RUNS ?? 150);
const SCOPE = { schemas: [SCHEMA] };
const EMPTY: Realm = {
  objects: [],
  boundTo: SCHEMA,
  schemas: [{ name: SCHEMA, properties: {}, tables: [], objects: [] }],
};

/** The server's own values as the driver gives them: numbers, booleans, text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid) => (text: string) =>
    oid === 16 ? text === 't' : [20, 21, 23, 26].includes(oid) ? Number(text) : text,
};

describe.each(['14', '18'])('schemas of Postgres %s', (version) => {
  let server: PostgresServer;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startPostgres({ version });
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  const inspect = async (): Promise<Realm> => {
    const results: Record<string, unknown>[][] = [];
    for (const text of POSTGRES.catalog.queries(SCOPE)) results.push((await client.query({ text, types })).rows);
    return { ...POSTGRES.catalog.read(results, SCOPE), boundTo: SCHEMA };
  };

  const run = async (statements: readonly string[]): Promise<void> => {
    for (const text of statements)
      await client.query(text).catch((error: Error) => {
        throw new Error(`${error.message}\n${text}`);
      });
  };

  /** A transaction of its own, with the schema and nothing in it; undone at the end. */
  const inSchema = async <T>(work: () => Promise<T>): Promise<T> => {
    await run(['BEGIN', `CREATE SCHEMA ${quote(SCHEMA)}`, `SET LOCAL search_path = ${quote(SCHEMA)}`]);
    try {
      return await work();
    } finally {
      await client.query('ROLLBACK');
    }
  };

  /** What brings one state to the other; undefined where the dialect says that it cannot. */
  const plan = (from: Realm, to: Realm) => {
    try {
      return planRealms(POSTGRES, from, to).statements('');
    } catch (error) {
      if (error instanceof AppError && error.code === 'SCHEMA_CHANGE_IMPOSSIBLE') return undefined;
      throw error;
    }
  };
  const texts = (statements: ReturnType<typeof plan>): readonly string[] => (statements ?? []).map(({ text }) => text);

  const created = (realm: Realm): Promise<Realm> =>
    inSchema(async () => {
      await run(texts(plan(EMPTY, realm)));
      return inspect();
    });

  it('are made as they are written, printed, read, and do not differ from themselves', async () => {
    await fc.assert(
      fc.asyncProperty(postgresRealm, async (realm) => {
        const found = await created(realm);
        expect(diffRealms(POSTGRES, found, realm)).toEqual([]);
        expect(diffRealms(POSTGRES, realm, found)).toEqual([]);
        expect(diffRealms(POSTGRES, found, found)).toEqual([]);
        const text = printRealm(POSTGRES, found);
        // But for the sizes of types, which Atlas prints without a space.
        expect(formatFile(text)).toBe(text.replaceAll(/(\d),(\d)/g, '$1, $2'));
        const { realm: read, diagnostics } = readDocument(POSTGRES, [{ file: 'a.hcl', text }]);
        expect(diagnostics).toEqual([]);
        expect(diffRealms(POSTGRES, found, read)).toEqual([]);
        expect(diffRealms(POSTGRES, read, found)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('are what a database has after it was brought to them from any other, and back', async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(postgresRealm, postgresRealm, async (a, b) => {
        const wanted = await created(b);
        await inSchema(async () => {
          await run(texts(plan(EMPTY, a)));
          const before = await inspect();
          const statements = plan(before, wanted);
          if (statements === undefined) return;
          changed += 1;
          await run(texts(statements));
          expect(diffRealms(POSTGRES, await inspect(), wanted), texts(statements).join(';\n')).toEqual([]);
          const back = statements.toReversed().map(({ reverse }) => reverse);
          if (back.some((one) => one === 'irreversible')) return;
          await run(back.flat());
          expect(diffRealms(POSTGRES, await inspect(), before), back.flat().join(';\n')).toEqual([]);
        });
      }),
      { numRuns: RUNS },
    );
    expect(changed).toBeGreaterThan(RUNS / 3);
  });
});
