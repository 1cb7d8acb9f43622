import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartAnswer } from '../../../src/engine/run/types.ts';
import { applyTo, directoryOf, type EngineFixture, makeEngine } from './engine-fixture.ts';
import { sqliteFixture } from './sqlite-fixture.ts';

/** Statements of SQLite go to another thread, which may be kept waiting for as long as the machine likes. */
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

  const files = { '1_a.sql': 'CREATE TABLE a (id int);\n' };
  const none = { '1_a.sql': '-- atlas:txmode none\n\nCREATE TABLE a (id int);\n' };
  /** Answers in turn, then the last one. */
  const inTurn = (...answers: readonly StartAnswer[]) => {
    let asked = 0;
    return { mayStart: () => answers[Math.min(asked++, answers.length - 1)] ?? false, asked: () => asked };
  };

  it.each([
    ['in a transaction', files],
    ['outside of one', none],
  ])('and comes too late is not made: the gate is asked again, %s', async (_, texts) => {
    const target = await fixture.makeTarget();
    const late = inTurn({ withinMs: -1 }, { withinMs: -1 }, false);
    const held = await applyTo(engine, target, directoryOf(texts), {}, { mayStart: late.mayStart });
    expect(held.outcome).toEqual({ kind: 'held' });
    expect(late.asked()).toBe(3);
    expect((await target.revisions()) ?? []).toEqual([]);

    const first = inTurn({ withinMs: -1 }, { withinMs: 60_000 });
    const { outcome } = await applyTo(engine, target, directoryOf(texts), {}, { mayStart: first.mayStart });
    expect(outcome).toMatchObject({ kind: 'applied', to: '1', attempts: 1 });
    expect(await target.leftovers()).toEqual([]);
  });
});
