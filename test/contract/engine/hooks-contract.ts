/** What `apply` promises of a project's rules and hooks, the same on every kind of database. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyHooks, HookPoint, PlannedMigration } from '../../../src/engine/run/apply-hooks.ts';
import type { Engine } from '../../../src/engine/run/types.ts';
import {
  applyTo,
  directoryOf,
  type EngineFixture,
  type FixtureTarget,
  makeEngine,
  OPTIONS,
  targetOf,
} from './engine-fixture.ts';

const A = 'CREATE TABLE a (id int);\n';
/** Rolled back as a whole everywhere, MariaDB included. */
const ROWS = 'INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n';
const one = directoryOf({ '1_a.sql': A });
const two = directoryOf({ '1_a.sql': A, '2_rows.sql': ROWS });

/** In small letters: Postgres folds names. */
const SECRET = 'pl4nted';

function hooksOf(
  given: Partial<Record<HookPoint, string>>,
  more: { readonly judge?: ApplyHooks['judge']; readonly skipErrors?: boolean } = {},
): ApplyHooks {
  const at = (point: HookPoint, source: string) => {
    const sql = given[point];
    return sql === undefined ? [] : [{ source, sql, skipErrors: more.skipErrors ?? false }];
  };
  const hook = 'hook "sql" "h"';
  return {
    ...(more.judge === undefined ? {} : { judge: more.judge }),
    scripts: {
      pre: at('pre', 'pre "migrate_apply"'),
      post: at('post', 'post "migrate_apply"'),
      afterBegin: at('afterBegin', hook),
      beforeCommit: at('beforeCommit', hook),
      beforeRollback: at('beforeRollback', hook),
    },
    notices: [],
    redact: (text) => text.replaceAll(SECRET, '(sensitive)'),
  };
}

export function describeHooks(makeFixture: () => Promise<EngineFixture>, name: string): void {
  describe(`rules and hooks on ${name}`, () => {
    let fixture: EngineFixture;
    let engine: Engine;
    let target: FixtureTarget;
    beforeAll(async () => {
      fixture = await makeFixture();
      ({ engine } = makeEngine());
    });
    afterAll(async () => {
      await engine?.close();
      await fixture?.close();
    });
    beforeEach(async () => {
      target = await fixture.makeTarget();
    });
    const versions = async () => (await target.revisions())?.map(({ version }) => version);

    it('runs pre before the first file and post after the last one, and neither where nothing is pending', async () => {
      // Each needs what the one before it has made.
      const hooks = hooksOf({
        pre: 'CREATE TABLE log (n int);\nINSERT INTO log VALUES (1);',
        post: 'INSERT INTO log SELECT id FROM a;',
      });
      expect((await applyTo(engine, target, two, { hooks })).outcome).toMatchObject({ kind: 'applied', to: '2' });
      expect(await target.count('log')).toBe(3);
      expect((await applyTo(engine, target, two, { hooks })).outcome).toEqual({ kind: 'unchanged', current: '2' });
      expect(await target.count('log')).toBe(3);
      expect(await target.leftovers()).toEqual([]);
    });

    it('keeps what pre has done where a file fails, and leaves post out', async () => {
      const hooks = hooksOf({ pre: 'CREATE TABLE log (n int);', post: 'INSERT INTO log VALUES (2);' });
      const broken = directoryOf({ '1_x.sql': 'INSERT INTO nowhere VALUES (1);\n' });
      expect((await applyTo(engine, target, broken, { hooks })).outcome).toMatchObject({ kind: 'failed', current: '' });
      expect(await target.count('log')).toBe(0);
    });

    it('runs no file where pre fails, and says so without secrets', async () => {
      const sql = `INSERT INTO ${SECRET} VALUES ('${SECRET}')`;
      const { outcome } = await applyTo(engine, target, one, { hooks: hooksOf({ pre: sql }) });
      expect(outcome).toMatchObject({
        kind: 'failed',
        current: '',
        files: [],
        error: {
          class: 'permanent',
          statement: "INSERT INTO (sensitive) VALUES ('(sensitive)')",
          message: expect.stringMatching(/^pre "migrate_apply": .*\(sensitive\)/),
        },
        text: expect.stringMatching(/^executing statement "INSERT INTO \(sensitive\).*" of pre "migrate_apply": /),
      });
      expect(JSON.stringify(outcome)).not.toContain(SECRET);
      expect(await target.tables()).toEqual([]);
      expect((await versions()) ?? []).toEqual([]);
    });

    it('asks the gate before pre', async () => {
      const hooks = hooksOf({ pre: 'CREATE TABLE log (n int);' });
      const { outcome } = await applyTo(engine, target, one, { hooks }, { mayStart: () => false });
      expect(outcome).toEqual({ kind: 'held' });
      expect(await target.tables()).toEqual([]);
    });

    it('makes up for a post that an earlier try of the operation did not come to', async () => {
      const of = (isResumed: boolean) => ({ operation: { name: 'rollout x', isResumed } });
      const failing = hooksOf({ post: 'INSERT INTO nowhere VALUES (1);' });
      const first = await applyTo(engine, target, one, { ...of(false), hooks: failing });
      expect(first.outcome).toMatchObject({ kind: 'failed', from: '', current: '1' });
      const hooks = hooksOf({ post: 'INSERT INTO a VALUES (7);' });
      const closed = await applyTo(engine, target, one, { ...of(true), hooks }, { mayStart: () => false });
      expect(closed.outcome).toEqual({ kind: 'held', left: { from: '', current: '1' } });
      const second = await applyTo(engine, target, one, { ...of(true), hooks });
      expect(second.outcome).toMatchObject({ kind: 'applied', from: '', to: '1' });
      expect(await target.count('a')).toBe(1);
    });

    it.each([false, true])('runs nothing that a rule speaks against; dry run: %s', async (dryRun) => {
      await applyTo(engine, target, one);
      const seen: PlannedMigration[] = [];
      const judge: ApplyHooks['judge'] = async (planned) => {
        seen.push(planned);
        return { code: 'MIGRATION_DENIED', rule: 'check "migrate_apply": deny "d"', message: `not ${SECRET}` };
      };
      const hooks = hooksOf({ pre: 'CREATE TABLE log (n int);' }, { judge });
      const { outcome } = await applyTo(engine, target, two, { hooks, dryRun });
      const text = 'check "migrate_apply": deny "d": not (sensitive)';
      expect(outcome).toEqual({
        kind: 'failed',
        from: '1',
        current: '1',
        files: [],
        text,
        error: {
          class: 'permanent',
          code: 'MIGRATION_DENIED',
          message: text,
          fingerprint: 'MIGRATION_DENIED check "migrate_apply": deny "d"',
        },
      });
      expect(seen).toEqual([
        {
          files: [{ name: '2_rows.sql', version: '2', description: 'rows' }],
          statements: ['INSERT INTO a VALUES (1);', 'INSERT INTO a VALUES (2);'],
          targetVersion: '2',
        },
      ]);
      expect(await target.tables()).toEqual(['a']);
      expect(await versions()).toEqual(['1']);
      expect(await target.leftovers()).toEqual([]);
      // Nothing to run is nothing to judge.
      expect((await applyTo(engine, target, one, { hooks, dryRun })).outcome.kind).toBe('unchanged');
    });

    it.each(['file', 'all'] as const)('runs a hook inside of the transaction; txmode %s', async (txMode) => {
      await applyTo(engine, target, one);
      const more = directoryOf({ '1_a.sql': A, '2_rows.sql': ROWS, '3_more.sql': 'INSERT INTO a VALUES (3);\n' });
      const hooks = hooksOf({ afterBegin: 'INSERT INTO a VALUES (10);', beforeCommit: 'INSERT INTO a VALUES (11);' });
      expect((await applyTo(engine, target, more, { hooks, txMode })).outcome).toMatchObject({ kind: 'applied' });
      // Around each file, or around both together.
      expect(await target.count('a')).toBe(3 + (txMode === 'file' ? 4 : 2));
      const broken = directoryOf({
        ...{ '1_a.sql': A, '2_rows.sql': ROWS, '3_more.sql': 'INSERT INTO a VALUES (3);\n' },
        '4_b.sql': 'INSERT INTO nowhere VALUES (1);\n',
      });
      const before = await target.count('a');
      expect((await applyTo(engine, target, broken, { hooks, txMode })).outcome).toMatchObject({ kind: 'failed' });
      expect(await target.count('a')).toBe(before);
    });

    it('rolls a file back whose hook is refused before the commit', async () => {
      await applyTo(engine, target, one);
      const hooks = hooksOf({ beforeCommit: 'INSERT INTO nowhere VALUES (1);' });
      const { outcome } = await applyTo(engine, target, two, { hooks });
      expect(outcome).toMatchObject({
        kind: 'failed',
        current: '1',
        files: [],
        error: { class: 'permanent', message: expect.stringMatching(/^hook "sql" "h": .*nowhere/) },
      });
      expect(await target.count('a')).toBe(0);
      expect(await versions()).toEqual(['1']);
      expect(await target.leftovers()).toEqual([]);
    });

    it('passes over what the database refuses of a hook that may fail', async () => {
      await applyTo(engine, target, one);
      const bad = 'INSERT INTO a VALUES (10);\nINSERT INTO nowhere VALUES (1);';
      const hooks = hooksOf({ afterBegin: bad, beforeCommit: bad }, { skipErrors: true });
      expect((await applyTo(engine, target, two, { hooks })).outcome).toMatchObject({ kind: 'applied', to: '2' });
      expect(await target.count('a')).toBe(4);
    });

    it('runs no hook around a file without a transaction', async () => {
      await applyTo(engine, target, one);
      const none = directoryOf({ '1_a.sql': A, '2_rows.sql': `-- atlas:txmode none\n\n${ROWS}` });
      const hooks = hooksOf({ afterBegin: 'INSERT INTO a VALUES (10);', beforeCommit: 'INSERT INTO a VALUES (11);' });
      expect((await applyTo(engine, target, none, { hooks })).outcome).toMatchObject({ kind: 'applied' });
      expect(await target.count('a')).toBe(2);
    });

    it('masks all that a failure says, also of who holds a lock', async () => {
      await applyTo(engine, target, one);
      const letGo = await target.holdTable('a');
      try {
        const alter = directoryOf({ '1_a.sql': A, '2_c.sql': 'ALTER TABLE a ADD COLUMN c int;\n' });
        const hooks = { ...hooksOf({}), redact: () => 'masked' };
        const { outcome } = await applyTo(engine, target, alter, { hooks, lockRetries: 1 });
        if (outcome.kind !== 'failed') throw new Error(outcome.kind);
        const { class: kind, code, ...said } = outcome.error;
        expect(kind).toBe('lock');
        expect(code).not.toBe('');
        expect(Object.values({ ...said, text: outcome.text }).filter((text) => text !== 'masked')).toEqual([]);
      } finally {
        await letGo();
      }
    });

    it('refuses SQL of a hook that cannot be cut into statements, before it connects', async () => {
      const hooks = hooksOf({ post: `SELECT '${SECRET}` });
      const nowhere = targetOf({ ...target, url: 'postgres://127.0.0.1:1/nothing' });
      const outcome = await engine.apply(nowhere, one, { ...OPTIONS, hooks });
      expect(outcome).toMatchObject({ kind: 'failed', error: { class: 'permanent', code: 'PROJECT_INVALID' } });
      expect(outcome).toMatchObject({
        text: expect.stringMatching(/^scanning the SQL of post "migrate_apply": 1:8: /),
      });
    });
  });
}
