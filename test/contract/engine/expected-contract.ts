/** A target that is guessed to stand like those before it gets what every target gets, whether the guess is right or not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Directory } from '../../../src/engine/directory/types.ts';
import type { Engine } from '../../../src/engine/run/types.ts';
import { applyTo, directoryOf, type EngineFixture, type FixtureTarget, makeEngine, OPTIONS } from './engine-fixture.ts';

const BASE = { '1_a.sql': 'CREATE TABLE a (id int);\n' };
const ONE = { ...BASE, '2_b.sql': 'ALTER TABLE a ADD COLUMN b int;\n' };

export function describeExpected(makeFixture: () => Promise<EngineFixture>, name: string): void {
  describe(`a target that stands as expected on ${name}`, () => {
    let fixture: EngineFixture;
    let engine: Engine;
    beforeAll(async () => {
      fixture = await makeFixture();
      ({ engine } = makeEngine());
    });
    afterAll(async () => {
      await engine?.close();
      await fixture?.close();
    });

    const standing = async (files: Readonly<Record<string, string>> = BASE): Promise<FixtureTarget> => {
      const target = await fixture.makeTarget();
      await applyTo(engine, target, directoryOf(files));
      return target;
    };
    /** A directory that two targets have been brought to: from then on the engine expects where the next one stands. */
    const seen = async (files: Readonly<Record<string, string>>): Promise<Directory> => {
      const directory = directoryOf(files);
      for (let i = 0; i < 2; i++) await applyTo(engine, await standing(), directory);
      return directory;
    };
    const versions = async (target: FixtureTarget) => (await target.revisions())?.map(({ version }) => version);

    it.each([
      ['one statement', ONE],
      [
        'many statements',
        { ...BASE, '2_b.sql': 'ALTER TABLE a ADD COLUMN b int; -- b\nINSERT INTO a VALUES (1, 2);\n' },
      ],
      ['many files', { ...ONE, '3_c.sql': 'INSERT INTO a VALUES (1, 2);\n', '4_d.sql': 'CREATE TABLE d (id int);\n' }],
      ['settings of the session', { ...BASE, '2_b.sql': "SET work_mem = '5MB';\nINSERT INTO a VALUES (1);\n" }],
    ])('is told and written like any other: %s', async (_what, files) => {
      const directory = await seen(files);
      const usual = await standing();
      const first = await applyTo(makeEngine().engine, usual, directory);
      const target = await standing();
      const { outcome, progress } = await applyTo(engine, target, directory);
      expect(outcome).toMatchObject({ kind: 'applied', from: '1', attempts: 1 });
      expect(progress.map(({ kind }) => kind)).toEqual(first.progress.map(({ kind }) => kind));
      expect(await target.revisions()).toEqual(await usual.revisions());
      expect(await target.leftovers()).toEqual([]);
    });

    it('goes on with a file outside of a transaction, also on a connection that knows nothing of the server yet', async () => {
      const none = '-- atlas:txmode none\n\nINSERT INTO a VALUES (1, 2);\n';
      const directory = await seen({ ...ONE, '3_c.sql': none });
      const target = await fixture.makeTarget();
      const before = makeEngine();
      await applyTo(before.engine, target, directoryOf(BASE));
      await before.engine.close();
      const { outcome } = await applyTo(engine, target, directory);
      expect(outcome).toMatchObject({ kind: 'applied', from: '1', to: '3', attempts: 1 });
      expect(await target.leftovers()).toEqual([]);
    });

    it('that stands elsewhere after all is asked', async () => {
      const directory = await seen(ONE);
      const done = await standing(ONE);
      expect((await applyTo(engine, done, directory)).outcome).toEqual({ kind: 'unchanged', current: '2' });
      const again = await seen({ ...ONE, '3_c.sql': 'CREATE TABLE c (id int);\n' });
      const empty = await fixture.makeTarget();
      const { outcome, progress } = await applyTo(engine, empty, again);
      expect(outcome).toMatchObject({ kind: 'applied', from: '', to: '3', attempts: 1 });
      expect(progress.filter(({ kind }) => kind === 'Planned')).toHaveLength(1);
      expect(await versions(empty)).toEqual(['1', '2', '3']);
    });

    it('with a half done file goes on with it', async () => {
      const directory = await seen(ONE);
      // Mended by taking its last statement away.
      const broken = directoryOf({ '1_a.sql': '-- atlas:txmode none\n\nCREATE TABLE a (id int);\nSELECT nothing;\n' });
      const target = await fixture.makeTarget();
      await applyTo(engine, target, broken);
      const { outcome } = await applyTo(engine, target, directory);
      expect(outcome).toMatchObject({ kind: 'applied', from: '', to: '2' });
      const rows = (await target.revisions())?.map(({ version, applied, total, error }) => [
        version,
        applied,
        total,
        error,
      ]);
      expect(rows).toEqual([
        ['1', 1, 1, ''],
        ['2', 1, 1, ''],
      ]);
    });

    it('starts nothing where the gate is closed', async () => {
      const directory = await seen(ONE);
      const target = await standing();
      const { outcome, progress } = await applyTo(engine, target, directory, {}, { mayStart: () => false });
      expect([outcome, progress]).toEqual([{ kind: 'held' }, []]);
      expect(await versions(target)).toEqual(['1']);
    });

    it('waits for Atlas itself', async () => {
      const directory = await seen(ONE);
      const target = await standing();
      const free = await target.holdAtlasLock();
      const lock = { ...OPTIONS.lock, waitMs: 50 };
      const { outcome } = await applyTo(engine, target, directory, { lock });
      expect(outcome).toMatchObject({ kind: 'failed', error: { class: 'lock' } });
      await free();
      expect((await applyTo(engine, target, directory, { lock })).outcome).toMatchObject({ kind: 'applied', to: '2' });
      expect(await target.leftovers()).toEqual([]);
    });

    it('that is in use is given up after the lock timeout, and tried again', async () => {
      const directory = await seen(ONE);
      const target = await standing();
      const free = await target.holdTable('a');
      const { outcome } = await applyTo(engine, target, directory);
      expect(outcome).toMatchObject({ kind: 'failed', error: { class: 'lock', code: '55P03' } });
      setTimeout(() => void free(), 300);
      const again = await applyTo(engine, target, directory, { lockRetries: 9 });
      expect(again.outcome).toMatchObject({ kind: 'applied', to: '2' });
    });

    it.each([
      ['INSERT INTO nowhere VALUES (1);', 'that the server refuses'],
      ['SELEC 1;', 'that the server cannot read'],
    ])('fails with the statement and nothing left: %s', async (statement) => {
      const poisoned = { ...ONE, '2_b.sql': `ALTER TABLE a ADD COLUMN b int;\n${statement}\n` };
      const directory = directoryOf(poisoned);
      for (let i = 0; i < 3; i++) {
        const target = await standing();
        const { outcome, progress } = await applyTo(engine, target, directory);
        expect(outcome).toMatchObject({ kind: 'failed', current: '1', error: { class: 'permanent', statement } });
        expect(progress.filter(({ kind }) => kind === 'FileStarted')).toHaveLength(1);
        expect(await versions(target)).toEqual(['1']);
      }
    });
  });
}
