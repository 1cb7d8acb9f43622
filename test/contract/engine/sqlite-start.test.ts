import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyTo, directoryOf, type EngineFixture, makeEngine } from './engine-fixture.ts';
import { sqliteFixture } from './sqlite-fixture.ts';

/** Statements of SQLite go to another thread, which may be kept waiting for as long as the machine likes: a pause waits until they are there. */
describe('a start that was allowed on SQLite', () => {
  let fixture: EngineFixture;
  const { engine } = makeEngine();
  beforeAll(async () => {
    fixture = await sqliteFixture();
  });
  afterAll(async () => {
    await engine.close();
    await fixture?.close();
  });

  const slow =
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000000) SELECT count(*) FROM c;\n';
  const permits = () => {
    const begun: boolean[] = [];
    const mayStart = () => {
      const at = begun.push(false) - 1;
      return {
        onBegun: () => {
          begun[at] = true;
        },
      };
    };
    return { begun, mayStart };
  };

  it.each([
    ['in a transaction', { '1_a.sql': slow }],
    ['outside of one', { '1_a.sql': `-- atlas:txmode none\n\n${slow}` }],
  ])('is told when its first statement begins, before that has ended, %s', async (_, files) => {
    const target = await fixture.makeTarget();
    await applyTo(engine, target, directoryOf({ '0_a.sql': 'SELECT 1;\n' }));
    const { begun, mayStart } = permits();
    let whenBegun = Number.POSITIVE_INFINITY;
    const watched = () => {
      const permit = mayStart();
      return {
        onBegun: () => {
          permit.onBegun();
          whenBegun = Math.min(whenBegun, performance.now());
        },
      };
    };
    const directory = directoryOf({ '0_a.sql': 'SELECT 1;\n', ...files });
    const { outcome } = await applyTo(engine, target, directory, {}, { mayStart: watched });
    const ended = performance.now();
    expect(outcome).toMatchObject({ kind: 'applied', to: '1' });
    expect(begun.length).toBeGreaterThan(0);
    expect(begun).not.toContain(false);
    // The statement counts to three million: it takes longer than all that is around it.
    expect(ended - whenBegun).toBeGreaterThan(100);
  });

  it('is told also where it is refused before anything has begun', async () => {
    const target = await fixture.makeTarget();
    const { begun, mayStart } = permits();
    const isEmpty = '-- checks.sql --\nSELECT 1 = 2;\n';
    const text = `-- atlas:txtar\n\n${isEmpty}\n-- migration.sql --\nCREATE TABLE a (id int);\n`;
    const { outcome } = await applyTo(engine, target, directoryOf({ '1_a.sql': text }), {}, { mayStart });
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(begun.length).toBeGreaterThan(0);
    expect(begun).not.toContain(false);
  });
});
