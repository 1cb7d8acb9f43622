import { describe, expect, it } from 'vitest';
import { distinctPlans } from '../../../../src/app/plan/distinct-plans.ts';
import { createPaint } from '../../../../src/cli/render/paint.ts';
import { renderPlan } from '../../../../src/cli/render/rollout-plan.ts';
import { parseDatabaseUrl, readUnverified } from '../../../../src/engine/index.ts';
import { PLAN } from '../../../http/fake-app.ts';

const url = parseDatabaseUrl('sqlite://a.db');
const member = {
  target: { id: 'a', url, labels: {}, matches: [], orderKeys: [] },
  migration: undefined,
  hooks: undefined,
};
const archive = (checks: string): string =>
  `-- atlas:txtar\n\n${checks}\n-- migration.sql --\nCREATE TABLE b (id int);\n`;

describe('the plan of files with checks', () => {
  const directory = readUnverified(
    {
      '1_a.sql': 'CREATE TABLE a (id int);\n',
      '2_b.sql': archive('-- checks/a.sql --\nSELECT 1;\nSELECT 2;\n\n-- checks/b.sql --\nSELECT 3;\n'),
      '3_c.sql': archive(''),
    },
    'atlas',
  );
  const [plan, ...more] = distinctPlans(
    [member],
    [{ kind: 'standing', current: '', pending: ['1', '2', '3'] }],
    directory,
  );

  it('says how many are asked before which file', () => {
    expect(more).toEqual([]);
    expect(plan?.checks).toEqual([{ file: '2_b.sql', count: 3 }]);
  });

  it('shows them where the file stands', () => {
    const lines = renderPlan(
      { ...PLAN, plans: plan === undefined ? [] : [plan] },
      { width: 100, paint: createPaint({ colour: false, unicode: true }) },
    );
    expect(lines.find((line) => line.includes('from an empty database'))).toMatch(/3 files, 3 checks$/);
    expect(lines).toContain('    1_a.sql');
    expect(lines).toContain('    2_b.sql  after 3 checks');
    expect(lines).toContain('    3_c.sql');
  });
});
