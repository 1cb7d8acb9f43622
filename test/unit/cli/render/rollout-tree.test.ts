import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../../src/cli/render/paint.ts';
import { renderRolloutTree } from '../../../../src/cli/render/rollout-tree.ts';
import { columnsOf } from '../../../../src/cli/render/terminal-text.ts';
import type { GroupView, RolloutView } from '../../../../src/shared/wire.ts';

const plain = createPaint({ colour: false, unicode: true });
const group = (over: Partial<GroupView>): GroupView => ({
  name: 'g',
  state: 'waiting',
  size: 0,
  counts: {},
  parallel: 1,
  perHost: null,
  maxFailures: null,
  approval: false,
  bakeMs: 0,
  dependsOn: [],
  ...over,
});
const rollout: RolloutView = {
  id: '01jd7kx2ab',
  kind: 'versioned',
  project: 'shop',
  env: 'prod',
  state: 'running',
  toVersion: '20240102000000',
  targets: 9_988,
  counts: {},
  groups: [
    group({ name: 'canary', state: 'done', size: 2, counts: { applied: 2 }, bakeMs: 600_000 }),
    group({
      name: 'early',
      state: 'running',
      size: 998,
      counts: { applied: 410, failed: 2, pending: 582, running: 4 },
      perHost: 4,
      maxFailures: 9,
    }),
    group({ name: 'rest', state: 'waiting', size: 8_988, counts: { pending: 8_988 }, approval: true }),
  ],
  causes: [
    {
      fingerprint: 'f',
      class: 'permanent',
      code: '42P01',
      message: 'relation "orders" does not exist',
      count: 2,
      targets: ['acme-093', 'acme-511'],
      group: 'early',
    },
  ],
  inFlight: [
    {
      target: 'acme-417',
      host: 'db-3:5432',
      group: 'early',
      statement: 'CREATE INDEX i ON orders (total)',
      sinceMs: 1_000_000 - 12_000,
    },
  ],
  createdBy: 'ann',
  createdAt: new Date(1_000_000 - 42_000).toISOString(),
  startedAt: new Date(1_000_000 - 41_000).toISOString(),
  directoryDigest: 'h1:x',
  targetSetDigest: 'y',
  next: 'flotilla rollout pause 01jd7kx2ab',
};
const draw = (width: number, view: RolloutView = rollout): string[] =>
  renderRolloutTree(view, { width, nowMs: 1_000_000, paint: plain, rates: new Map([['early', 118]]) });

describe('the live tree', () => {
  it('counts who joined and who is left out', () => {
    const groups = [
      group({ name: 'all', state: 'done', size: 12, counts: { applied: 9, gone: 1, quarantined: 2 } }),
      group({ name: 'joined', state: 'done', size: 3, counts: { joined: 3 } }),
    ];
    expect(draw(120, { ...rollout, groups, targets: 15, joined: 3, causes: [], inFlight: [] }).slice(0, 3)).toEqual([
      'rollout 01jd7kx2ab  shop/prod  to 20240102000000  running 41s  15 targets  joined 3',
      ' ✔ all     12/12  applied 9  gone 1  quarantined 2',
      ' ✔ joined    3/3  joined 3',
    ]);
  });

  it('says who has asked for an override of freezes, and who has confirmed it', () => {
    const freezeOverride = { reason: 'outage', requestedBy: 'ann', requestedAt: rollout.createdAt };
    expect(draw(120, { ...rollout, freezeOverride })).toContain(
      ' freeze override asked for by ann, waits for another person: outage',
    );
    expect(draw(120, { ...rollout, freezeOverride: { ...freezeOverride, approvedBy: 'kim' } })).toContain(
      ' freeze overridden by ann, approved by kim: outage',
    );
  });

  it('shows groups, causes, hosts and the next command at 120 columns', () => {
    expect(draw(120)).toMatchInlineSnapshot(`
      [
        "rollout 01jd7kx2ab  shop/prod  to 20240102000000  running 41s  9,988 targets",
        " ✔ canary      2/2  applied 2  baked 10m",
        " ▶ early   410/998  failed 2  applied 410  ██████░░░░░░░░░ 41%  118/s  eta 5s",
        "     ✖ 2 of budget 9  permanent 42P01  acme-093, acme-511  relation "orders" does not exist",
        "     db-3:5432  1/4 lanes  acme-417  12s  CREATE INDEX i ON orders (total)",
        " · rest    0/8,988  waits for early, then for approval",
        " next   flotilla rollout pause 01jd7kx2ab",
      ]
    `);
  });

  it('keeps names, counts, causes and the next command at 60 columns', () => {
    expect(draw(60)).toMatchInlineSnapshot(`
      [
        "rollout 01jd7kx2ab  shop/prod  running 41s",
        " ✔ canary      2/2  applied 2  baked 10m",
        " ▶ early   410/998  failed 2  ██████░░░░░░░░░ 41%  eta 5s",
        "     ✖ 2 of budget 9  relation "orders" does not exist",
        "     db-3:5432  1/4 lanes  acme-417  12s",
        " · rest    0/8,988  waits for early, then for approval",
        " next   flotilla rollout pause 01jd7kx2ab",
      ]
    `);
  });

  it.each([40, 60, 80, 120, 200])('never writes beyond %d columns', (width) => {
    const long = {
      ...rollout,
      cause: 'x'.repeat(10).concat(' ').repeat(30),
      groups: rollout.groups.map((g) => ({ ...g, name: g.name.repeat(10) })),
    };
    for (const line of [...draw(width), ...draw(width, long)]) expect(columnsOf(line), line).toBeLessThanOrEqual(width);
  });

  it('takes as many lines for a hundred thousand targets on fifty hosts as for few', () => {
    const inFlight = Array.from({ length: 200 }, (_, i) => ({
      target: `t${i}`,
      host: `db-${i % 50}:5432`,
      group: 'early',
      sinceMs: 0,
    }));
    const causes = Array.from({ length: 40 }, (_, i) => ({
      fingerprint: `f${i}`,
      class: 'permanent',
      code: '1',
      message: `m${i}`,
      count: 10,
      targets: [],
      group: 'early',
    }));
    expect(draw(120, { ...rollout, inFlight, causes }).length).toBeLessThan(20);
  });

  it('lets no control character of an error or a name through', () => {
    const [cause] = rollout.causes;
    if (!cause) throw new Error('the sample has a cause');
    const evil = draw(120, {
      ...rollout,
      cause: 'a\u001B[2Jb',
      causes: [{ ...cause, message: 'x\u001B]0;owned\u0007y\nz' }],
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    for (const line of evil) expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
  });
});
