import { describe, expect, it } from 'vitest';
import type { ApplyHooks, HookPoint, PlannedMigration } from '../../../../src/engine/index.ts';
import { evaluated, type Given, refused } from './evaluate.ts';

const env = (...lines: string[]): string => `env "prod" {\n  url = "sqlite://a.db"\n${lines.join('\n')}\n}\n`;
const check = (...rules: string[]): string => `check "migrate_apply" {\n${rules.join('\n')}\n}`;
const rule = (kind: string, condition: string, message?: string): string =>
  `${kind} "n" {\n  condition = ${condition}\n${message === undefined ? '' : `  message = ${message}\n`}}`;

async function hooksOf(hcl: string, given: Given = {}): Promise<ApplyHooks | undefined> {
  return (await evaluated(hcl, given)).envs[0]?.hooks;
}
const sqlAt = (hooks: ApplyHooks | undefined, point: HookPoint): readonly string[] | undefined =>
  hooks?.scripts[point].map(({ sql }) => sql);

const PLAN: PlannedMigration = {
  files: [
    { name: '2_b.sql', version: '2', description: 'b' },
    { name: '3_c.sql', version: '3', description: 'c' },
  ],
  statements: ['ALTER TABLE t ADD c int;', 'DROP TABLE u;'],
  targetVersion: '3',
};
const judged = async (hcl: string, given: Given = {}) => (await hooksOf(hcl, given))?.judge?.(PLAN);

describe('pre and post', () => {
  it('are read in their order, from texts and files, which belong to the snapshot', async () => {
    const hcl = env(
      'pre "migrate_apply" {\n exec {\n sql = "SELECT 1"\n }\n exec {\n src = "file://sql/two.sql"\n }\n}',
      'post "migrate_apply" {\n exec {\n sql = "SELECT 4"\n }\n}',
      'pre "migrate_apply" {\n exec {\n sql = "SELECT 3"\n }\n}',
    );
    const files = { 'sql/two.sql': 'SELECT 2;\n' };
    const hooks = await hooksOf(hcl, { files });
    expect(sqlAt(hooks, 'pre')).toEqual(['SELECT 1', 'SELECT 2;\n', 'SELECT 3']);
    expect(hooks?.scripts.post).toEqual([{ source: 'post "migrate_apply"', sql: 'SELECT 4', skipErrors: false }]);
    expect((await evaluated(hcl, { files })).filesRead).toMatchObject(files);
  });

  it('are left out where their condition says so, with its message', async () => {
    const skip = (condition: string) =>
      env(
        `pre "migrate_apply" {\n skip {\n condition = ${condition}\n message = "left out"\n }\n exec {\n sql = "SELECT 1"\n }\n}`,
      );
    const skipped = await hooksOf(skip('atlas.env == "prod"'));
    expect([sqlAt(skipped, 'pre'), skipped?.notices]).toEqual([[], ['left out']]);
    const kept = await hooksOf(skip('atlas.env == "dev"'));
    expect([sqlAt(kept, 'pre'), kept?.notices]).toEqual([['SELECT 1'], []]);
  });

  it('are one object for all targets, or one for each where they differ', async () => {
    const fleet = (sql: string) =>
      `env "prod" {\n for_each = toset(["a", "b"])\n url = "sqlite://\${each.key}.db"\n pre "migrate_apply" {\n exec {\n sql = "${sql}"\n }\n }\n}\n`;
    const [same, too] = (await evaluated(fleet('SELECT 1'))).envs;
    expect(too?.hooks).toBe(same?.hooks);
    const each = (await evaluated(fleet('SELECT ${each.key}'))).envs;
    expect(each.map(({ hooks }) => sqlAt(hooks, 'pre'))).toEqual([['SELECT a'], ['SELECT b']]);
  });

  it('of no kind make no hooks', async () => {
    expect(await hooksOf(env('pre "schema_apply" {\n anything = 1\n}'))).toBeUndefined();
    expect(await hooksOf(env())).toBeUndefined();
  });

  it('are made readable without secrets', async () => {
    const hooks = await hooksOf(
      env('pre "migrate_apply" {\n exec {\n sql = "SET x = \'${getenv("DB_PASS")}\'"\n }\n}'),
      {
        environment: { DB_PASS: 's3cr3t' },
      },
    );
    expect(sqlAt(hooks, 'pre')).toEqual(["SET x = 's3cr3t'"]);
    expect(hooks?.redact("SET x = 's3cr3t'")).toBe("SET x = '(sensitive)'");
  });

  it.each([
    ['pre "migrate_aply" {\n exec {\n sql = "x"\n }\n}', '3: HCL_LABELS Wrong labels of "pre"', 'migrate_apply'],
    ['post {\n exec {\n sql = "x"\n }\n}', '3: HCL_LABELS Wrong labels of "post"', 'post "migrate_apply"'],
    ['pre "migrate_apply" {\n}', '3: HCL_MISSING_BLOCK Missing block', 'exec'],
    ['pre "migrate_apply" {\n exec {\n }\n}', '4: HCL_MISSING_ATTRIBUTE Missing required argument', 'either sql'],
    [
      'pre "migrate_apply" {\n exec {\n sql = "x"\n src = "file://a.sql"\n }\n}',
      '4: HCL_MISSING_ATTRIBUTE',
      'either sql',
    ],
    ['pre "migrate_apply" {\n exec {\n src = "a.sql"\n }\n}', '5: HCL_INVALID_TYPE Invalid src', 'file://'],
    ['pre "migrate_apply" {\n exec {\n src = "file://a.sql"\n }\n}', '5: FILE_UNREADABLE Cannot read src', 'a.sql'],
    [
      'pre "migrate_apply" {\n exec {\n sqll = "x"\n }\n}',
      '5: HCL_UNKNOWN_ATTRIBUTE Unsupported argument',
      'one of sql, src',
    ],
    ['pre "migrate_apply" {\n exce {\n }\n}', '4: HCL_UNKNOWN_ATTRIBUTE Unsupported block type', 'one of exec, skip'],
    [
      'pre "migrate_apply" {\n skip {\n }\n exec {\n sql = "x"\n }\n}',
      '4: HCL_MISSING_ATTRIBUTE',
      '"skip" needs a condition',
    ],
  ])('refuse %j', async (block, line, hint) => {
    const { lines } = await refused(env(block));
    expect(lines.some((one) => one.startsWith(line) && one.includes(hint))).toBe(true);
  });

  it('belong into an env', async () => {
    const { lines } = await refused(`pre "migrate_apply" {\n exec {\n sql = "x"\n }\n}\n${env()}`);
    expect(lines).toEqual([expect.stringContaining('1: HCL_UNKNOWN_ATTRIBUTE Unsupported block type')]);
  });
});

describe('rules', () => {
  it.each([
    ['length(self.planned_migration.files) > 1', true],
    ['length(self.planned_migration.files) > 2', false],
    ['self.planned_migration.target_version > "2"', true],
    ['self.planned_migration.files[0].name == "2_b.sql"', true],
    ['length([for s in self.planned_migration.statements : s if startswith(s, "DROP")]) > 0', true],
    ['atlas.env == "dev"', false],
  ])('deny where %s is true', async (condition, denies) => {
    const denial = await judged(env(check(rule('deny', condition, '"to ${self.planned_migration.target_version}"'))));
    expect(denial).toEqual(
      denies ? { code: 'MIGRATION_DENIED', rule: 'check "migrate_apply": deny "n"', message: 'to 3' } : undefined,
    );
  });

  it('are asked in their order, those of the file first, until one holds', async () => {
    const [allow, deny] = [rule('allow', 'true'), rule('deny', 'true')];
    const no = { code: 'MIGRATION_DENIED' };
    expect(await judged(env(check(allow, deny)))).toBeUndefined();
    expect(await judged(env(check(deny, allow)))).toMatchObject(no);
    expect(await judged(env(check(rule('allow', 'false')), check(deny)))).toMatchObject(no);
    expect(await judged(`${check(deny)}\n${env(check(allow))}`)).toMatchObject(no);
    expect(await judged(`${check(allow)}\n${env(check(deny))}`)).toBeUndefined();
  });

  it('have a name and a message, or not', async () => {
    expect(await judged(env('check "migrate_apply" "c" {\n deny {\n condition = true\n }\n}'))).toEqual({
      code: 'MIGRATION_DENIED',
      rule: 'check "migrate_apply": deny',
      message: 'its condition is true',
    });
  });

  it('that cannot be decided are no permission', async () => {
    const denial = await judged(env(check(rule('deny', 'self.planned_migration.files[7].name == "x"'))));
    expect(denial).toMatchObject({ code: 'PROJECT_INVALID', message: expect.stringMatching(/^atlas\.hcl:5/) });
    expect(await judged(env(check(rule('deny', 'self.planned_migration.target_version'))))).toMatchObject({
      code: 'PROJECT_INVALID',
      message: 'its condition is neither true nor false',
    });
  });

  it('read data sources', async () => {
    const hcl = `data "sql" "s" {\n url = "sqlite://c.db"\n query = "SELECT v"\n}\n${env(
      check(rule('deny', 'self.planned_migration.target_version != data.sql.s.value')),
    )}`;
    const query = async () => ({ columns: ['v'], rows: [['3']] });
    expect(await judged(hcl, { query })).toBeUndefined();
  });

  it.each([
    [rule('deny', '1'), '5: HCL_INVALID_TYPE Invalid condition'],
    [rule('deny', 'nowhere.x'), '5: HCL'],
    [rule('deny', 'self.planned_migration.filles'), '5: HCL'],
    ['deny "n" {\n}', '4: HCL_MISSING_ATTRIBUTE Missing required argument; "deny" needs a condition.'],
    [rule('allow', 'true', '"x"'), '6: HCL_UNKNOWN_ATTRIBUTE Unsupported argument'],
    [rule('forbid', 'true'), '4: HCL_UNKNOWN_ATTRIBUTE Unsupported block type'],
    [rule('deny', 'true', '{}'), '6: HCL_INVALID_TYPE Unsuitable value type'],
    ['drift {\n}', '4: UNSUPPORTED "drift" is not supported'],
  ])('refuse %j', async (text, line) => {
    const { lines } = await refused(env(check(text)));
    expect(lines).toEqual([expect.stringContaining(line)]);
  });
});

describe('hook "sql"', () => {
  it('has statements for three points of a transaction', async () => {
    const hooks = await hooksOf(
      `hook "sql" "limits" {\n skip_errors = true\n transaction {\n after_begin = ["SET a = 1", "SET b = 2"]\n before_commit = ["SELECT 3"]\n before_rollback = "SELECT 4"\n }\n}\n${env()}`,
    );
    const source = 'hook "sql" "limits"';
    expect(hooks?.scripts).toEqual({
      pre: [],
      post: [],
      afterBegin: [
        { source, sql: 'SET a = 1', skipErrors: true },
        { source, sql: 'SET b = 2', skipErrors: true },
      ],
      beforeCommit: [{ source, sql: 'SELECT 3', skipErrors: true }],
      beforeRollback: [{ source, sql: 'SELECT 4', skipErrors: true }],
    });
  });

  it.each([
    ['hook "http" "n" {\n}', '1: HCL_LABELS Wrong labels of "hook"'],
    ['hook "sql" {\n}', '1: HCL_LABELS Wrong labels of "hook"'],
    ['hook "sql" "n" {\n skip = true\n}', '2: HCL_UNKNOWN_ATTRIBUTE Unsupported argument'],
    ['hook "sql" "n" {\n transaction {\n after_start = []\n }\n}', '3: HCL_UNKNOWN_ATTRIBUTE Unsupported argument'],
    ['hook "sql" "n" {\n transaction {\n after_begin = [{}]\n }\n}', '3: HCL_INVALID_TYPE Unsuitable value type'],
  ])('refuses %j', async (text, line) => {
    const { lines } = await refused(`${text}\n${env()}`);
    expect(lines).toEqual([expect.stringContaining(line)]);
  });
});
