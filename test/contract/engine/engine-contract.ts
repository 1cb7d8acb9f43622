/** What `apply`, `survey`, `status` and `set` promise, the same on every kind of database. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Directory } from '../../../src/engine/directory/types.ts';
import type { Engine } from '../../../src/engine/run/types.ts';
import type { FlotillaEvent } from '../../../src/shared/events.ts';
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
const B = 'CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\n';
const C = 'ALTER TABLE a ADD COLUMN c int;\n';
const BROKEN =
  'CREATE TABLE d (id int);\nINSERT INTO a VALUES (7);\nINSERT INTO nowhere VALUES (1);\nCREATE TABLE e (id int);\n';
const NONE = '-- atlas:txmode none\n\n';

const two = directoryOf({ '1_a.sql': A, '2_b.sql': B });
const three = directoryOf({ '1_a.sql': A, '2_b.sql': B, '3_c.sql': C });
const broken = directoryOf({ '1_a.sql': A, '2_broken.sql': BROKEN });
const brokenNone = directoryOf({ '1_a.sql': A, '2_broken.sql': NONE + BROKEN });

/** A callback whose events of one kind are counted. */
const kinds = (progress: readonly { readonly kind: string }[]): readonly string[] => progress.map(({ kind }) => kind);

export function describeEngine(makeFixture: () => Promise<EngineFixture>, name: string): void {
  describe(`the engine on ${name}`, () => {
    let fixture: EngineFixture;
    let engine: Engine;
    let events: FlotillaEvent[];
    let target: FixtureTarget;
    beforeAll(async () => {
      fixture = await makeFixture();
      ({ engine, events } = makeEngine());
    });
    afterAll(async () => {
      await engine?.close();
      await fixture?.close();
    });
    beforeEach(async () => {
      target = await fixture.makeTarget();
      events.length = 0;
    });

    const expectNothingLeft = async (): Promise<void> => expect(await target.leftovers()).toEqual([]);

    it('brings an empty target to the newest version, each file once', async () => {
      const { outcome, progress } = await applyTo(engine, target, three);
      expect(outcome).toMatchObject({ kind: 'applied', from: '', to: '3', attempts: 1 });
      expect(await target.tables()).toEqual(['a', 'b']);
      expect(await target.count('b')).toBe(1);
      expect(await target.revisions()).toEqual(
        three.files.map((file, i) => ({
          version: file.version,
          type: 2,
          applied: [1, 2, 1][i],
          total: [1, 2, 1][i],
          error: '',
          hash: file.hash,
          partialHashes: null,
        })),
      );
      expect(kinds(progress)).toEqual([
        'Planned',
        ...['FileStarted', 'StatementStarted', 'StatementFinished', 'FileFinished'],
        ...[
          'FileStarted',
          'StatementStarted',
          'StatementFinished',
          'StatementStarted',
          'StatementFinished',
          'FileFinished',
        ],
        ...['FileStarted', 'StatementStarted', 'StatementFinished', 'FileFinished'],
      ]);
      await expectNothingLeft();
    });

    it('sends tags with its statements, and leaves revisions, reports and errors as they are without', async () => {
      const tagsOf = () => ({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
      const other = await fixture.makeTarget();
      const broken = directoryOf({
        '1_a.sql': A,
        '2_b.sql': 'CREATE TABLE tagged (id int);\nCREATE TABEL wrong (id int);\n',
      });
      const plain = await applyTo(engine, other, broken);
      const tagged = await applyTo(engine, target, broken, {}, { tagsOf });
      const told = ({ progress, outcome }: typeof plain) => ({
        outcome: outcome.kind === 'failed' ? { error: outcome.error, text: outcome.text } : outcome.kind,
        statements: progress.map((event) => ('statement' in event ? event.statement : event.kind)),
      });
      expect(plain.outcome.kind).toBe('failed');
      expect(told(tagged)).toEqual(told(plain));
      expect(await target.revisions()).toEqual(await other.revisions());
      expect(await target.tables()).toEqual(await other.tables());
      await expectNothingLeft();
    });

    it('does nothing the second time', async () => {
      await applyTo(engine, target, two);
      const before = await target.revisions();
      const { outcome, progress } = await applyTo(engine, target, two);
      expect(outcome).toEqual({ kind: 'unchanged', current: '2' });
      expect(progress).toEqual([]);
      expect(await target.revisions()).toEqual(before);
    });

    it('counts what an earlier try of the same operation has done as its own, from where the target stood before', async () => {
      const of = (name: string, isResumed: boolean) => ({ operation: { name, isResumed } });
      await applyTo(engine, target, two, { amount: 1, ...of('rollout a', false) });
      const first = await applyTo(engine, target, two, of('rollout b', false));
      expect(first.outcome).toMatchObject({ kind: 'applied', from: '1', to: '2' });
      const before = await target.revisions();
      // The one who was told is dead: the next try is told the same.
      expect((await applyTo(engine, target, two, of('rollout b', true))).outcome).toMatchObject({
        kind: 'applied',
        from: '1',
        to: '2',
        files: [],
      });
      expect(await target.revisions()).toEqual(before);
      const more = await applyTo(engine, target, three, of('rollout b', true));
      expect(more.outcome).toMatchObject({ kind: 'applied', from: '1', to: '3' });
      // For any other there is nothing to do.
      const other = await applyTo(engine, target, three, of('rollout c', true));
      expect(other.outcome).toEqual({ kind: 'unchanged', current: '3' });
    });

    it('takes at most the given number of files, and goes on from there', async () => {
      expect((await applyTo(engine, target, three, { amount: 2 })).outcome).toMatchObject({ kind: 'applied', to: '2' });
      expect((await applyTo(engine, target, three, { amount: 2 })).outcome).toMatchObject({
        kind: 'applied',
        from: '2',
        to: '3',
      });
    });

    it('stops at the given version, and refuses one that is not there', async () => {
      const { outcome } = await applyTo(engine, target, three, { toVersion: '2' });
      expect(outcome).toMatchObject({ kind: 'applied', to: '2' });
      const refused = await applyTo(engine, target, three, { toVersion: '9' });
      expect(refused.outcome).toMatchObject({
        kind: 'failed',
        error: { class: 'permanent', code: 'VERSION_NOT_FOUND' },
        text: 'sql/migrate: migration with version "9" not found',
      });
    });

    describe('with pre-migration checks', () => {
      const withChecks = (checks: string, up = C): Directory =>
        directoryOf({ '1_a.sql': A, '2_b.sql': `-- atlas:txtar\n\n${checks}\n-- migration.sql --\n${up}` });
      const isEmpty = '-- checks.sql --\nSELECT NOT EXISTS (SELECT 1 FROM a);\nSELECT 1 = 1;\n';

      it('runs a file whose checks hold, and reports them', async () => {
        const { outcome } = await applyTo(engine, target, withChecks(isEmpty));
        expect(outcome).toMatchObject({ kind: 'applied', from: '', to: '2' });
        const file = outcome.kind === 'applied' ? outcome.files[1] : undefined;
        expect(file?.checks).toMatchObject([
          {
            name: 'checks.sql',
            statements: [{ statement: 'SELECT NOT EXISTS (SELECT 1 FROM a);' }, { statement: 'SELECT 1 = 1;' }],
          },
        ]);
        expect(file?.statements).toEqual(['ALTER TABLE a ADD COLUMN c int;']);
        await expectNothingLeft();
      });

      it.each([false, true])('runs nothing of a file whose check says no; dry run: %s', async (dryRun) => {
        await applyTo(engine, target, withChecks(isEmpty), { amount: 1 });
        await target.run('INSERT INTO a VALUES (1)');
        const before = await target.revisions();
        const { outcome, progress } = await applyTo(engine, target, withChecks(isEmpty), { dryRun });
        const text = '1 of 2 assertions failed: check assertion "SELECT NOT EXISTS (SELECT 1 FROM a);" returned false';
        expect(outcome).toMatchObject({
          kind: 'failed',
          current: '1',
          error: {
            ...{ class: 'permanent', code: 'CHECK_FAILED', message: text },
            fingerprint: 'CHECK_FAILED 2_b.sql checks.sql SELECT NOT EXISTS (SELECT 1 FROM a);',
          },
          text,
          files: [{ statements: [], checks: [{ error: { text } }], error: { text } }],
        });
        expect(kinds(progress)).toEqual(['Planned', 'FileStarted', 'FileFailed']);
        expect(await target.revisions()).toEqual(before);
        await expectNothingLeft();
      });

      it('asks before a file that is run statement by statement, too, and once only', async () => {
        const plain = (up: string): Directory => {
          const text = `-- atlas:txmode none\n-- atlas:txtar\n\n${isEmpty}\n-- migration.sql --\n${up}`;
          return directoryOf({ '1_a.sql': A, '2_b.sql': text });
        };
        const up = 'INSERT INTO a VALUES (1);\nINSERT INTO nowhere VALUES (1);\n';
        expect((await applyTo(engine, target, plain(up))).outcome).toMatchObject({ error: { class: 'permanent' } });
        expect(await target.count('a')).toBe(1);
        // Half done, so that the check would say no now.
        await target.run('CREATE TABLE nowhere (id int)');
        const { outcome } = await applyTo(engine, target, plain(up));
        expect(outcome).toMatchObject({ kind: 'applied', to: '2', files: [{ skipped: 1 }] });
      });

      it('is content with one of several where that is asked for', async () => {
        const oneOf = '-- checks/a.sql --\n-- atlas:assert oneof\n\nSELECT 1 = 0;\nSELECT 2 = 2;\n';
        expect((await applyTo(engine, target, withChecks(oneOf))).outcome).toMatchObject({ kind: 'applied', to: '2' });
        const none = withChecks('-- checks/a.sql --\n-- atlas:assert oneof\n\nSELECT 1 = 0;\nSELECT NULL;\n');
        const other = await fixture.makeTarget();
        expect((await applyTo(engine, other, none)).outcome).toMatchObject({
          kind: 'failed',
          error: { code: 'CHECK_FAILED', message: expect.stringMatching(/^2 of 2 assertions failed: /) },
        });
        expect(await other.tables()).toEqual(['a']);
      });

      it('takes a check that the database refuses for no, in its words', async () => {
        const { outcome } = await applyTo(engine, target, withChecks('-- checks.sql --\nSELECT x FROM nowhere;\n'));
        expect(outcome).toMatchObject({
          kind: 'failed',
          current: '1',
          error: { class: 'permanent', message: expect.stringContaining('nowhere') },
          text: expect.stringMatching(/^check assertion "SELECT x FROM nowhere;" cannot be asked: .*nowhere/),
        });
        await expectNothingLeft();
      });
    });

    it('names the statement and the version of a failure, in the words of Atlas', async () => {
      const { outcome, progress } = await applyTo(engine, target, broken);
      expect(outcome).toMatchObject({
        kind: 'failed',
        error: { class: 'permanent', statement: 'INSERT INTO nowhere VALUES (1);' },
        text: expect.stringMatching(
          /^sql\/migrate: executing statement "INSERT INTO nowhere VALUES \(1\);" from version "2": .*nowhere/,
        ),
      });
      expect(outcome.kind === 'failed' && outcome.files.at(-1)).toMatchObject({
        statements: ['CREATE TABLE d (id int);', 'INSERT INTO a VALUES (7);', 'INSERT INTO nowhere VALUES (1);'],
        error: { statement: 'INSERT INTO nowhere VALUES (1);' },
      });
      expect(progress.at(-1)).toMatchObject({ kind: 'FileFailed', statement: 'INSERT INTO nowhere VALUES (1);' });
      await expectNothingLeft();
    });

    it('keeps of a file that fails what the database cannot take back, and goes on there when it is mended', async () => {
      const { outcome } = await applyTo(engine, target, broken);
      expect(outcome).toMatchObject({ kind: 'failed', current: '1' });
      const row = (await target.revisions())?.[1];
      if (fixture.rollsBackDdl) {
        expect(row).toBeUndefined();
        expect(await target.tables()).toEqual(['a']);
      } else {
        expect(row).toMatchObject({ version: '2', applied: 2, total: 4, error: expect.stringContaining('nowhere') });
      }
      await target.run('CREATE TABLE nowhere (id int)');
      expect((await applyTo(engine, target, broken)).outcome).toMatchObject({
        kind: 'applied',
        from: expect.any(String),
        to: '2',
      });
      expect(await target.count('a')).toBe(1);
      expect(await target.tables()).toEqual(['a', 'd', 'e', 'nowhere']);
      expect((await target.revisions())?.[1]).toMatchObject({ applied: 4, total: 4, error: '', partialHashes: null });
    });

    it('keeps progress per statement without a transaction, and resumes after the last that landed', async () => {
      const first = await applyTo(engine, target, brokenNone);
      expect(first.outcome.kind).toBe('failed');
      const row = (await target.revisions())?.[1];
      expect(row).toMatchObject({
        version: '2',
        type: 2,
        applied: 2,
        total: 4,
        error: expect.stringContaining('nowhere'),
      });
      expect(row?.partialHashes).toHaveLength(2);
      expect(await target.tables()).toEqual(['a', 'd']);
      await expectNothingLeft();

      await target.run('CREATE TABLE nowhere (id int)');
      const second = await applyTo(engine, target, brokenNone);
      expect(second.outcome).toMatchObject({ kind: 'applied', files: [{ skipped: 2 }] });
      expect(await target.count('a')).toBe(1);
      expect((await target.revisions())?.[1]).toMatchObject({ applied: 4, total: 4, error: '', partialHashes: null });
      await expectNothingLeft();
    });

    it('refuses to resume a file whose finished statements were edited', async () => {
      await applyTo(engine, target, brokenNone);
      const edited = directoryOf({ '1_a.sql': A, '2_broken.sql': NONE + BROKEN.replace('TABLE d', 'TABLE dd') });
      const { outcome } = await applyTo(engine, target, edited);
      expect(outcome).toMatchObject({
        kind: 'failed',
        error: { code: 'TARGET_HISTORY', class: 'permanent' },
        text: 'sql/migrate: history changed: statement 1 from file "2_broken.sql" changed',
      });
    });

    it('brings a partial file that lost a statement to its end', async () => {
      await applyTo(engine, target, brokenNone);
      const mended = directoryOf({
        '1_a.sql': A,
        '2_broken.sql': NONE + BROKEN.replace('INSERT INTO nowhere VALUES (1);\n', ''),
      });
      expect((await applyTo(engine, target, mended)).outcome).toMatchObject({ kind: 'applied' });
      expect((await target.revisions())?.[1]).toMatchObject({ applied: 3, total: 3, hash: mended.files[1]?.hash });
    });

    it('rolls back all files of tx-mode all where the database can', async () => {
      const { outcome } = await applyTo(engine, target, broken, { txMode: 'all' });
      expect(outcome).toMatchObject({ kind: 'failed', current: fixture.rollsBackDdl ? '' : '1' });
      if (fixture.rollsBackDdl) expect(await target.tables()).toEqual([]);
      expect((await applyTo(engine, target, three, { txMode: 'all', amount: 1 })).outcome.kind).toBe(
        fixture.rollsBackDdl ? 'applied' : 'failed',
      );
      await expectNothingLeft();
    });

    it('applies all files of tx-mode all', async () => {
      expect((await applyTo(engine, target, three, { txMode: 'all' })).outcome).toMatchObject({
        kind: 'applied',
        to: '3',
      });
      expect((await target.revisions())?.map(({ applied, total }) => [applied, total])).toEqual([
        [1, 1],
        [2, 2],
        [1, 1],
      ]);
    });

    it('refuses a wrong directive before the first statement of any file', async () => {
      const wrong = directoryOf({ '1_a.sql': A, '2_b.sql': '-- atlas:txmode sometimes\n\nSELECT 1;' });
      const { outcome } = await applyTo(engine, target, wrong);
      expect(outcome).toMatchObject({
        kind: 'failed',
        text: 'unknown txmode "sometimes" found in file directive "2_b.sql"',
      });
      expect(await target.tables()).toEqual([]);
      expect((await target.revisions()) ?? []).toEqual([]);
    });

    it('refuses a database that is not clean, unless told otherwise', async () => {
      await target.run('CREATE TABLE old (id int)');
      const { outcome } = await applyTo(engine, target, two);
      expect(outcome).toMatchObject({
        kind: 'failed',
        error: { code: 'TARGET_NOT_CLEAN', class: 'permanent' },
        text: expect.stringMatching(
          /^sql\/migrate: connected database is not clean: found .*\. baseline version or allow-dirty is required$/,
        ),
      });
      expect(await target.revisions()).toBeUndefined();
      expect((await applyTo(engine, target, two, { allowDirty: true })).outcome).toMatchObject({
        kind: 'applied',
        to: '2',
      });
    });

    it('starts after a baseline', async () => {
      await target.run('CREATE TABLE a (id int)');
      const { outcome } = await applyTo(engine, target, three, { baseline: '1' });
      expect(outcome).toMatchObject({ kind: 'applied', from: '1', to: '3' });
      expect((await target.revisions())?.[0]).toMatchObject({ version: '1', type: 1, applied: 0, total: 0, hash: '' });
    });

    it('keeps a baseline where nothing follows it', async () => {
      await target.run('CREATE TABLE a (id int)');
      expect((await applyTo(engine, target, two, { baseline: '2' })).outcome).toEqual({
        kind: 'unchanged',
        current: '2',
      });
      expect((await target.revisions())?.map(({ version, type }) => [version, type])).toEqual([['2', 1]]);
    });

    it('treats files added out of order by the order that is asked for', async () => {
      await applyTo(engine, target, directoryOf({ '1_a.sql': A, '3_c.sql': C }));
      const { outcome } = await applyTo(engine, target, three);
      expect(outcome).toMatchObject({
        kind: 'failed',
        current: '3',
        error: { code: 'TARGET_HISTORY' },
        text: 'migration file 2_b.sql was added out of order. See: https://atlasgo.io/versioned/apply#non-linear-error',
      });
      expect((await applyTo(engine, target, three, { execOrder: 'linear-skip' })).outcome).toEqual({
        kind: 'unchanged',
        current: '3',
      });
      expect((await applyTo(engine, target, three, { execOrder: 'non-linear' })).outcome).toMatchObject({
        kind: 'applied',
        from: '3',
        to: '3',
        files: [{ file: { name: '2_b.sql' } }],
      });
    });

    it('writes nothing at all in a dry run', async () => {
      const { outcome, progress } = await applyTo(engine, target, two, {
        dryRun: true,
        lock: { ...OPTIONS.lock, scope: 'atlas' },
      });
      expect(outcome).toMatchObject({ kind: 'applied', to: '2' });
      expect(kinds(progress)).toContain('FileFinished');
      expect(await target.tables()).toEqual([]);
      expect(await target.revisions()).toBeUndefined();
      await target.run('CREATE TABLE a (id int)');
      await applyTo(engine, target, three, { dryRun: true, baseline: '1' });
      expect(await target.revisions()).toBeUndefined();
    });

    it('runs nothing while the gate is closed, and asks it with the lock in hand', async () => {
      const held = await applyTo(engine, target, two, {}, { mayStart: () => false });
      expect(held.outcome).toEqual({ kind: 'held' });
      expect(await target.tables()).toEqual([]);
      expect((await target.revisions()) ?? []).toEqual([]);
      let asked = 0;
      await applyTo(
        engine,
        target,
        two,
        {},
        {
          mayStart: () => {
            asked += 1;
            return true;
          },
        },
      );
      expect(asked).toBeGreaterThan(0);
      expect((await target.revisions())?.length).toBe(2);
      await expectNothingLeft();
    });

    it('runs nothing without a transaction while the gate is closed', async () => {
      await applyTo(engine, target, two, { amount: 1 });
      const none = directoryOf({ '1_a.sql': A, '2_b.sql': NONE + B });
      expect((await applyTo(engine, target, none, {}, { mayStart: async () => false })).outcome).toEqual({
        kind: 'held',
      });
      expect((await target.revisions())?.length).toBe(1);
      await expectNothingLeft();
    });

    it('does not ask the gate once the target is on its way', async () => {
      const isFresh = async (): Promise<boolean> => ((await target.revisions()) ?? []).length === 0;
      const { outcome } = await applyTo(engine, target, three, {}, { mayStart: isFresh });
      expect(outcome).toMatchObject({ kind: 'applied', to: '3' });
    });

    it('excludes another apply of the same target', async () => {
      // With a history the gate is asked inside of the first transaction, which is the lock of SQLite.
      await applyTo(engine, target, two, { amount: 1 });
      let release = (): void => undefined;
      const waits = new Promise<void>((resolve) => {
        release = resolve;
      });
      let isInside = (): void => undefined;
      const inside = new Promise<void>((resolve) => {
        isInside = resolve;
      });
      const first = applyTo(
        engine,
        target,
        two,
        {},
        {
          mayStart: async () => {
            isInside();
            await waits;
            return true;
          },
        },
      );
      await inside;
      const second = await applyTo(engine, target, two, { lock: { ...OPTIONS.lock, waitMs: 50 } });
      expect(second.outcome).toMatchObject({ kind: 'failed', error: { class: 'lock' } });
      release();
      expect((await first).outcome).toMatchObject({ kind: 'applied' });
      await expectNothingLeft();
    });

    it.each(['atlas', 'target'] as const)('waits for Atlas itself, with scope %s', async (scope) => {
      const release = await target.holdAtlasLock();
      const lock = { ...OPTIONS.lock, scope, waitMs: 100 };
      const { outcome } = await applyTo(engine, target, two, { lock });
      expect(outcome).toMatchObject({ kind: 'failed', error: { class: 'lock' } });
      expect(await target.tables()).toEqual([]);
      await release();
      expect((await applyTo(engine, target, two, { lock })).outcome).toMatchObject({ kind: 'applied' });
      await expectNothingLeft();
    });

    it('gives up on a table that is held, says so, and is done once it is free', async () => {
      await applyTo(engine, target, two);
      const release = await target.holdTable('a');
      const { outcome } = await applyTo(engine, target, three, { lockRetries: 2 });
      expect(outcome).toMatchObject({ kind: 'failed', current: '2', error: { class: 'lock' } });
      expect(events.filter(({ kind }) => kind === 'TargetRetried')).toHaveLength(2);
      await release();
      expect((await applyTo(engine, target, three)).outcome).toMatchObject({ kind: 'applied', to: '3' });
      await expectNothingLeft();
    });

    it('gets a table that becomes free while it retries', async () => {
      await applyTo(engine, target, two);
      const release = await target.holdTable('a');
      const applying = applyTo(engine, target, three, { lockRetries: 30 });
      setTimeout(() => void release(), 500);
      const { outcome, progress } = await applying;
      expect(outcome).toMatchObject({ kind: 'applied', to: '3', files: [{ file: { name: '3_c.sql' } }] });
      expect(kinds(progress)).not.toContain('FileFailed');
    });

    it('stops when the caller gives up, and leaves the target where it can be taken up again', async (context) => {
      if (!fixture.stopsStatements) return context.skip();
      const slow = directoryOf({
        '0_before.sql': 'CREATE TABLE before_it (id int);\n',
        '1_a.sql': `${A}${fixture.sleep(30)};\n`,
      });
      const abort = new AbortController();
      const began = performance.now();
      const { outcome } = await applyTo(
        engine,
        target,
        slow,
        {},
        {
          signal: abort.signal,
          onProgress: (event) => {
            const isSlow =
              event.kind === 'StatementStarted' && event.file.version === '1' && event.statement !== A.trim();
            if (isSlow) setTimeout(() => abort.abort(), 100);
          },
        },
      );
      expect(outcome).toEqual({
        kind: 'cancelled',
        left: { from: '', current: '0' },
        files: [expect.objectContaining({ statements: ['CREATE TABLE before_it (id int);'] })],
      });
      expect(performance.now() - began).toBeLessThan(10_000);
      if (fixture.rollsBackDdl) expect(await target.tables()).toEqual(['before_it']);
      await expectNothingLeft();
    });

    it('shows the statement that is in flight', async () => {
      const slow = directoryOf({ '1_a.sql': `${A}${fixture.sleep(0.5)};\n` });
      let seen: readonly string[] = [];
      await applyTo(
        engine,
        target,
        slow,
        {},
        {
          onProgress: (event) => {
            if (event.kind === 'StatementStarted')
              seen = engine.inFlight().map(({ targetId, statement }) => `${targetId} ${statement}`);
          },
        },
      );
      expect(seen).toEqual([`t1 ${fixture.sleep(0.5)};`]);
      expect(engine.inFlight()).toEqual([]);
    });

    it('tells where many targets stand', async () => {
      const others = await Promise.all(Array.from({ length: 4 }, () => fixture.makeTarget()));
      const [fresh, old, current, dirty] = others;
      if (!fresh || !old || !current || !dirty) throw new Error('four targets');
      await applyTo(engine, old, three, { amount: 1 });
      await applyTo(engine, current, three);
      await applyTo(engine, dirty, directoryOf({ '1_a.sql': A, '3_c.sql': C }));
      const outcomes = await engine.survey(
        [fresh, old, current, dirty].map((one, i) => targetOf(one, `t${i}`)),
        three,
        { execOrder: 'linear', limits: OPTIONS.limits },
      );
      expect(outcomes).toEqual([
        { kind: 'standing', current: '', pending: ['1_a.sql', '2_b.sql', '3_c.sql'] },
        { kind: 'standing', current: '1', pending: ['2_b.sql', '3_c.sql'] },
        { kind: 'standing', current: '3', pending: [] },
        { kind: 'refused', error: expect.objectContaining({ code: 'TARGET_HISTORY' }) },
      ]);
      expect(await fresh.revisions()).toBeUndefined();
    });

    it('reports the status of a fresh, a partial and a finished target', async () => {
      const options = { execOrder: 'linear', limits: OPTIONS.limits } as const;
      expect(await engine.status(targetOf(target), brokenNone, options)).toMatchObject({
        status: 'PENDING',
        current: '',
        next: '1',
        applied: [],
      });
      expect(await target.revisions()).toBeUndefined();
      await applyTo(engine, target, brokenNone);
      expect(await engine.status(targetOf(target), brokenNone, options)).toMatchObject({
        status: 'PENDING',
        current: '2',
        next: '2',
        count: 2,
        total: 4,
        error: expect.stringContaining('nowhere'),
        sql: 'INSERT INTO nowhere VALUES (1);',
      });
      await target.run('CREATE TABLE nowhere (id int)');
      await applyTo(engine, target, brokenNone);
      const status = await engine.status(targetOf(target), brokenNone, options);
      expect(status).toMatchObject({ status: 'OK', current: '2', next: '', count: 0, total: 0, error: '' });
      expect(Math.abs((status.applied[1]?.executedAt.getTime() ?? 0) - Date.now())).toBeLessThan(24 * 3_600_000);
      expect(status.applied[0]?.executionTime).toBeGreaterThan(0n);
    });

    it('sets the version by hand: rows above go, missing ones come, a failed one is resolved', async () => {
      const options = { limits: OPTIONS.limits, operatorVersion: 'Flotilla contract' };
      await applyTo(engine, target, brokenNone);
      const resolved = await engine.set(targetOf(target), brokenNone, '2', options);
      expect(resolved).toMatchObject({ current: '2', set: [{ version: '2', type: 6 }], removed: [] });
      expect((await target.revisions())?.[1]).toMatchObject({ version: '2', type: 6, error: '' });
      expect((await applyTo(engine, target, brokenNone)).outcome).toEqual({ kind: 'unchanged', current: '2' });

      const back = await engine.set(targetOf(target), brokenNone, '1', options);
      expect(back).toMatchObject({ current: '1', set: [], removed: [{ version: '2' }] });
      expect((await target.revisions())?.map(({ version }) => version)).toEqual(['1']);

      const forth = await engine.set(targetOf(target), three, undefined, options);
      expect(forth).toMatchObject({
        current: '3',
        set: [
          { version: '2', type: 4 },
          { version: '3', type: 4 },
        ],
      });
      expect((await target.revisions())?.at(-1)).toMatchObject({
        version: '3',
        type: 4,
        applied: 0,
        total: 0,
        hash: three.files[2]?.hash,
      });
      await expect(engine.set(targetOf(target), three, '4', options)).rejects.toMatchObject({
        code: 'VERSION_NOT_FOUND',
        message: 'migration with version "4" not found',
      });
      await expectNothingLeft();
    });

    it('sets a version on a target without revisions', async () => {
      const options = { limits: OPTIONS.limits, operatorVersion: 'Flotilla contract' };
      await expect(engine.set(targetOf(target), three, undefined, options)).rejects.toMatchObject({
        message: 'accepts 1 arg(s), received 0',
      });
      expect(await engine.set(targetOf(target), three, '2', options)).toMatchObject({ current: '2' });
      expect((await target.revisions())?.map(({ version, type }) => [version, type])).toEqual([
        ['1', 4],
        ['2', 4],
      ]);
    });

    it('replays a directory on a dev database and leaves it empty', async () => {
      await engine.replay(targetOf(target).url, three, OPTIONS.limits);
      expect(await target.tables()).toEqual([]);
      expect(await target.revisions()).toBeUndefined();
      const none = directoryOf({ '1_a.sql': NONE + A, '2_b.sql': B });
      await engine.replay(targetOf(target).url, none, OPTIONS.limits);
      expect(await target.tables()).toEqual([]);
      await expect(engine.replay(targetOf(target).url, broken, OPTIONS.limits)).rejects.toMatchObject({
        message: expect.stringMatching(/^sql\/migrate: executing statement "INSERT INTO nowhere/),
      });
      expect(await target.tables()).toEqual([]);
      await target.run('CREATE TABLE kept (id int)');
      await expect(engine.replay(targetOf(target).url, three, OPTIONS.limits)).rejects.toMatchObject({
        code: 'TARGET_NOT_CLEAN',
      });
      expect(await target.tables()).toEqual(['kept']);
    });

    it('answers a query by column, with arguments', async () => {
      await target.run('CREATE TABLE t (id int, name varchar(20))');
      await target.run("INSERT INTO t VALUES (1, 'x'), (2, 'y')");
      const { url } = targetOf(target);
      expect(await engine.query(url, 'SELECT name, id FROM t ORDER BY id', [], OPTIONS.limits)).toEqual({
        columns: ['name', 'id'],
        rows: [
          ['x', 1],
          ['y', 2],
        ],
      });
      await expect(engine.query(url, 'SELECT id FROM nowhere', [], OPTIONS.limits)).rejects.toMatchObject({
        message: expect.stringContaining('nowhere'),
      });
    });
  });
}
