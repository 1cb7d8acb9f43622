/** The texts are those of atlas-transcript.txt, with the durations that the case gives. */
import { describe, expect, it } from 'vitest';
import { goColours } from '../../../src/cli/render/go-colours.ts';
import { renderApply } from '../../../src/cli/render/migrate-apply.ts';
import { type ApplyFacts, makeApplyReport } from '../../../src/cli/render/migrate-apply-report.ts';
import { renderSet } from '../../../src/cli/render/migrate-set.ts';
import { makeStatus, renderStatus } from '../../../src/cli/render/migrate-status.ts';
import { applyTemplateData, statusTemplateData } from '../../../src/cli/render/template-data.ts';
import {
  type AppliedFile,
  type ApplyOutcome,
  type MigrationFile,
  parseDatabaseUrl,
  type Revision,
  readUnverified,
  type StatusReport,
} from '../../../src/engine/index.ts';

const plain = goColours(false);
const [a, b, c, d] = readUnverified({ '1_a.sql': '', '2_b.sql': '', '3_c.sql': '', '4_d.sql': '' }, 'atlas').files as [
  MigrationFile,
  MigrationFile,
  MigrationFile,
  MigrationFile,
];
const url = parseDatabaseUrl('sqlite://j.db');
const at = new Date(Date.UTC(2026, 10, 23, 7, 46, 41, 522));
const ran = (file: MigrationFile, statements: readonly string[], error?: AppliedFile['error']): AppliedFile => ({
  file,
  statements,
  skipped: 0,
  start: at,
  end: at,
  ...(error === undefined ? {} : { error }),
});
const report = (planned: ApplyFacts['planned'], outcome: ApplyOutcome): ReturnType<typeof makeApplyReport> =>
  makeApplyReport({ url, dir: 'file://m', planned, outcome, start: at, end: at });
const text = (planned: ApplyFacts['planned'], outcome: ApplyOutcome): string =>
  renderApply(
    report(planned, outcome),
    {
      totalMs: 2.806982,
      fileMs: new Map([
        ['1_a.sql', 1.387088],
        ['2_b.sql', 0.0045],
      ]),
    },
    plain,
  );
const failed = (files: readonly AppliedFile[], message: string): ApplyOutcome => ({
  kind: 'failed',
  current: '',
  files,
  error: { class: 'permanent', code: '1', message, fingerprint: message },
  text: message,
});

describe('renderApply', () => {
  it('shows a first run, a statement of several lines, and the plural', () => {
    const outcome: ApplyOutcome = {
      kind: 'applied',
      from: '',
      to: '2',
      attempts: 1,
      files: [ran(a, ['CREATE TABLE t (\n  id int\n);']), ran(b, ['CREATE TABLE s (id int);'])],
    };
    expect(
      text({ pending: [a, b], current: '', target: '2' }, outcome),
    ).toBe(`Migrating to version 2 (2 migrations in total):

  -- migrating version 1
    -> CREATE TABLE t (
         id int
       );
  -- ok (1.387088ms)

  -- migrating version 2
    -> CREATE TABLE s (id int);
  -- ok (4.5µs)

  -------------------------
  -- 2.806982ms
  -- 2 migrations
  -- 2 sql statements
`);
  });
  it('names where it came from and counts one as one', () => {
    const outcome: ApplyOutcome = { kind: 'applied', from: '1', to: '2', attempts: 1, files: [ran(b, ['SELECT 1;'])] };
    expect(text({ pending: [b], current: '1', target: '2' }, outcome)).toMatch(
      /^Migrating to version 2 from 1 \(1 migrations in total\):\n[\s\S]*-- 1 migration\n {2}-- 1 sql statement\n$/,
    );
  });
  it('says that there is nothing to do', () => {
    expect(text({ pending: [], current: '2', target: '' }, { kind: 'unchanged', current: '2' })).toBe(
      'No migration files to execute\n',
    );
    expect(text(undefined, { kind: 'unchanged', current: '2' })).toBe('No migration files to execute\n');
  });
  it('shows the failed statement last in its file, whether the engine lists it or not', () => {
    const message = 'sql/migrate: executing statement "BAD SQL;" from version "4": near "BAD": syntax error';
    const error = { statement: 'BAD SQL;', text: 'near "BAD": syntax error' };
    const expected = `Migrating to version 4 from 3 (2 migrations in total):

  -- migrating version 1
    -> SELECT 1;
  -- ok (1.387088ms)

  -- migrating version 4
    -> CREATE TABLE z (id int);
    -> BAD SQL;
    near "BAD": syntax error

  -------------------------
  -- 2.806982ms
  -- 1 migration ok, 1 with errors
  -- 2 sql statements ok, 1 with errors
`;
    const planned = { pending: [a, d], current: '3', target: '4' };
    const before = ran(a, ['SELECT 1;']);
    expect(text(planned, failed([before, ran(d, ['CREATE TABLE z (id int);', 'BAD SQL;'], error)], message))).toBe(
      expected,
    );
    expect(text(planned, failed([before, ran(d, ['CREATE TABLE z (id int);'], error)], message))).toBe(expected);
  });
  it('shows what was done before an interrupt', () => {
    const interrupted = { kind: 'cancelled', files: [ran(a, ['SELECT 1;'])] } as const;
    const planned = { pending: [a, d], current: '3', target: '4' };
    expect(text(planned, interrupted)).toBe(`Migrating to version 4 from 3 (2 migrations in total):

  -- migrating version ${a.version}
    -> SELECT 1;
  -- ok (1.387088ms)

    interrupted

  -------------------------
  -- 2.806982ms
  -- 1 migration
  -- 1 sql statement
`);
  });
  it('shows a mistake that was found before any file', () => {
    const message = `sql/migrate: scanning statements from "1.sql": 1:16: unclosed '('`;
    expect(
      text({ pending: [a], current: '', target: '1' }, failed([], message)),
    ).toBe(`Migrating to version 1 (1 migrations in total):

    sql/migrate: scanning statements from "1.sql": 1:16: unclosed '('

  -------------------------
  -- 2.806982ms
`);
  });
});

describe('applyTemplateData', () => {
  it('prints the JSON of Atlas, with what is empty left out', () => {
    const outcome: ApplyOutcome = { kind: 'applied', from: '', to: '3', attempts: 1, files: [ran(c, ['SELECT 1;'])] };
    expect(JSON.stringify(applyTemplateData(report({ pending: [c], current: '', target: '3' }, outcome)))).toBe(
      '{"Driver":"sqlite","URL":{"Scheme":"sqlite","Opaque":"","User":null,"Host":"j.db","Path":"","Fragment":"","RawQuery":"","RawPath":"","RawFragment":"","ForceQuery":false,"OmitHost":false,"Schema":"main"},"Dir":"file://m","Pending":[{"Name":"3_c.sql","Version":"3","Description":"c"}],"Applied":[{"Name":"3_c.sql","Version":"3","Description":"c","Start":"2026-11-23T07:46:41.522Z","End":"2026-11-23T07:46:41.522Z","Applied":["SELECT 1;"]}],"Target":"3","Start":"2026-11-23T07:46:41.522Z","End":"2026-11-23T07:46:41.522Z","Message":"Migrated to version 3 from  (1 migrations in total)"}',
    );
  });
  it('still has every field for a template', () => {
    const data = applyTemplateData(report(undefined, { kind: 'unchanged', current: '1' }));
    expect(data).toMatchObject({ Applied: null, Error: '', Message: 'No migration files to execute', Current: '1' });
    expect(Object.keys(data)).not.toContain('toJSON');
  });
});

const revision = (version: string, more: Partial<Revision> = {}): Revision => ({
  version,
  description: '',
  type: 2,
  applied: 1,
  total: 1,
  executedAt: at,
  executionTime: 5n,
  error: '',
  errorStmt: '',
  hash: 'x',
  partialHashes: null,
  operatorVersion: 'test',
  ...more,
});
const status = (more: Partial<StatusReport>): string =>
  renderStatus(
    makeStatus(
      {
        available: [],
        pending: [],
        outOfOrder: [],
        applied: [],
        current: '',
        next: '',
        count: 0,
        total: 0,
        status: 'OK',
        error: '',
        sql: '',
        ...more,
      },
      url,
      'file://m',
    ),
    plain,
  );

describe('renderStatus', () => {
  it('shows a database that nothing was applied to', () => {
    expect(status({})).toBe(`Migration Status: OK
  -- Current Version: No migration applied yet
  -- Next Version:    Already at latest version
  -- Executed Files:  0
  -- Pending Files:   0`);
  });
  it('shows files out of order', () => {
    const error =
      'migration file 2_b.sql was added out of order. See: https://atlasgo.io/versioned/apply#non-linear-error';
    const applied = [revision('1'), revision('3')];
    expect(
      status({ status: 'PENDING', current: '3', next: 'UNKNOWN', applied, outOfOrder: [b], error }),
    ).toBe(`Migration Status: PENDING
  -- Current Version: 3
  -- Next Version:    UNKNOWN
  -- Executed Files:  2
  -- Pending Files:   1 (out of order)

  ERROR: ${error}`);
    expect(status({ outOfOrder: [b], pending: [c] })).toContain('Pending Files:   2 (1 out of order)');
  });
  it('shows a file that was left half done', () => {
    expect(
      status({
        status: 'PENDING',
        current: '2',
        next: '2',
        applied: [revision('1'), revision('2', { applied: 1, total: 2 })],
        pending: [b],
        count: 1,
        total: 2,
        sql: 'BAD\nSQL;',
        error: 'near "BAD"',
      }),
    ).toBe(`Migration Status: PENDING
  -- Current Version: 2 (1 statements applied)
  -- Next Version:    2 (1 statements left)
  -- Executed Files:  2 (last one partially)
  -- Pending Files:   1

Last migration attempt had errors:
  -- SQL:   BAD SQL;
  -- ERROR: near "BAD"`);
  });
  it('names the kinds of revisions, and hides their hashes', () => {
    const applied = [revision('1', { type: 1 }), revision('2', { type: 4 }), revision('3', { type: 6, error: 'x' })];
    const data = makeStatus(
      {
        available: [],
        pending: [],
        outOfOrder: [],
        applied,
        current: '3',
        next: '',
        count: 0,
        total: 0,
        status: 'OK',
        error: '',
        sql: '',
      },
      url,
      'm',
    );
    const { Applied } = JSON.parse(JSON.stringify(statusTemplateData(data))) as { Applied: Record<string, unknown>[] };
    expect(Applied.map(({ Type }) => Type)).toEqual(['baseline', 'manually set', 'applied + manually set']);
    expect(Applied[2]).toEqual({
      Version: '3',
      Description: '',
      Type: 'applied + manually set',
      Applied: 1,
      Total: 1,
      ExecutedAt: at.toISOString(),
      ExecutionTime: 5,
      Error: 'x',
      OperatorVersion: 'test',
    });
  });
});

describe('renderSet', () => {
  it('lists what was set and removed', () => {
    expect(
      renderSet({ set: [revision('2', { description: 'b' })], removed: [revision('3')], current: '2' }, plain),
    ).toBe('Current version is 2 (1 set, 1 removed):\n\n  + 2 (b)\n  - 3\n\n');
    expect(renderSet({ set: [], removed: [revision('1'), revision('2')], current: '' }, plain)).toBe(
      'All revisions deleted (2 in total):\n\n  - 1\n  - 2\n\n',
    );
  });
});
