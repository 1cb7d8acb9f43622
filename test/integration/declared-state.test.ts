/** What the engine does with one target of a declarative rollout, on a real SQLite file: plans that stop half-way, drift, hand-made changes. */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/bin/system-clock.ts';
import {
  createEngine,
  DEFAULT_LIMITS,
  type Declared,
  declare,
  dialectOf,
  type Engine,
  parseDatabaseUrl,
  type StateApplyOptions,
} from '../../src/engine/index.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';

const HCL = `schema "main" {}
table "a" {
  schema = schema.main
  column "n" {
    type = int
  }
}
table "b" {
  schema = schema.main
  column "n" {
    type = int
  }
}
`;

let folder: string;
let file: string;
let engine: Engine;
beforeEach(() => {
  folder = throwAwayFolder('declared');
  file = path.join(folder, 't.db');
  fs.writeFileSync(file, '');
  engine = createEngine({ clock: systemClock, events: { emit: () => undefined } });
});
afterEach(async () => {
  await engine.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const run = (sql: string): unknown[] => {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
};
const tables = (): unknown[] =>
  run("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").map((row) => (row as { name: string }).name);
const target = () => ({ id: 't', url: parseDatabaseUrl(`sqlite://${file}`) });

/** The desired state, planned from where the file stands now. */
async function declared(): Promise<Declared> {
  const { url } = target();
  const dialect = dialectOf(url);
  const desired = await engine.loadDesired({
    ...{ dialect, files: [{ name: 's.hcl', text: HCL }], inputs: new Map(), devUrl: undefined, isDevOptional: true },
    ...{ limits: DEFAULT_LIMITS, lockTimeoutMs: 0, colour: false },
  });
  const [state] = await engine.surveyStates([target()], { exclude: [], limits: DEFAULT_LIMITS });
  if (state?.kind !== 'state') throw new Error('the file cannot be read');
  return declare(dialect, desired, new Map([[state.name, state.realm]]), []);
}

const shared = {
  lock: { scope: 'target', name: 'atlas_migrate_execute', waitMs: 1000 },
  limits: DEFAULT_LIMITS,
  sessionName: 'test',
  lockRetries: 0,
} as const;
const options = (more: Partial<StateApplyOptions> = {}): StateApplyOptions => ({ ...shared, txMode: 'file', ...more });

describe('one target of a declarative rollout', () => {
  it('goes on with a plan that was cut off between two statements, and comes back from there', async () => {
    const plans = await declared();
    const [plan] = plans.plans;
    const statements = plan !== undefined && 'statements' in plan.forward ? plan.forward.statements : [];
    expect(statements).toHaveLength(2);
    run(statements[0] ?? '');
    const from = plan?.from;
    expect(await engine.applyState(target(), plans, options({ txMode: 'none' }))).toMatchObject({
      kind: 'applied',
      from,
    });
    expect(tables()).toEqual(['a', 'b']);

    run('DROP TABLE b');
    const back = { ...shared, to: from ?? '', skipChecks: false };
    expect(await engine.revertState(target(), plans, back)).toMatchObject({ kind: 'reverted', to: from });
    expect(tables()).toEqual([]);
    expect(await engine.revertState(target(), plans, back)).toMatchObject({ kind: 'unchanged', current: from });
  });

  it('runs nothing on a state that nobody has planned for, forward or back', async () => {
    const plans = await declared();
    run('CREATE TABLE surprise (n int)');
    expect(await engine.applyState(target(), plans, options())).toMatchObject({
      kind: 'failed',
      error: { code: 'PLAN_DRIFTED' },
    });
    const back = { ...shared, to: plans.plans[0]?.from ?? '', skipChecks: true };
    expect(await engine.revertState(target(), plans, back)).toMatchObject({
      kind: 'failed',
      error: { code: 'DOWN_MOVED_ON' },
    });
    expect(tables()).toEqual(['surprise']);
  });

  it('tells what an earlier try has done from what stood there before', async () => {
    const plans = await declared();
    const from = plans.plans[0]?.from;
    await engine.applyState(target(), plans, options());
    expect(await engine.applyState(target(), plans, options())).toEqual({ kind: 'unchanged', current: plans.to });
    expect(await engine.applyState(target(), plans, options({ resumedFrom: from }))).toMatchObject({
      kind: 'applied',
      from,
    });
    expect(await engine.applyState(target(), plans, options({ resumedFrom: plans.to }))).toMatchObject({
      kind: 'unchanged',
    });
  });

  it('asks the gate before the first statement, and leaves no trace where it is closed', async () => {
    const plans = await declared();
    const asked: string[] = [];
    const mayStart = (): boolean => {
      asked.push('gate');
      return false;
    };
    expect(await engine.applyState(target(), plans, options(), { mayStart })).toEqual({ kind: 'held' });
    expect([asked, tables()]).toEqual([['gate'], []]);
    // One with nothing to do is not asked about.
    await engine.applyState(target(), plans, options());
    expect(await engine.applyState(target(), plans, options(), { mayStart })).toMatchObject({ kind: 'unchanged' });
    expect(asked).toEqual(['gate']);
  });

  it('rolls back statements that do not lead to the desired state', async () => {
    const plans = await declared();
    const crooked = plans.plans.map((plan) => ({
      ...plan,
      forward: { statements: ['CREATE TABLE a (n int NOT NULL)'] },
    }));
    const outcome = await engine.applyState(target(), { ...plans, plans: crooked }, options());
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'STATE_NOT_REACHED' } });
    expect(tables()).toEqual([]);
  });

  it('leaves the history of migrations alone', async () => {
    run('CREATE TABLE atlas_schema_revisions (version text)');
    const plans = await declared();
    expect(JSON.stringify(plans)).not.toContain('revisions');
    expect(await engine.applyState(target(), plans, options())).toMatchObject({ kind: 'applied' });
    expect(tables()).toEqual(['a', 'atlas_schema_revisions', 'b']);
  });
});
