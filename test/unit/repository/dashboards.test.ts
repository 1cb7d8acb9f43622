import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Dashboard } from '../../../scripts/pictures/dashboard.ts';
import { renderPanel } from '../../../scripts/pictures/render-panel.ts';
import { readDashboards } from '../../integration/prometheus/dashboards.ts';

it('dashboards have the template variables, names of their own, and panels that say what they show', () => {
  const dashboards = readDashboards();
  expect([...dashboards.keys()].toSorted()).toEqual([
    'api.json',
    'fleet.json',
    'hosts-and-locks.json',
    'rollout.json',
    'workers-and-temporal.json',
  ]);
  const uids = [...dashboards.values()].map(({ uid }) => uid);
  expect(new Set(uids).size).toBe(uids.length);
  for (const { title, templating, panels } of dashboards.values()) {
    expect(
      templating.list.map(({ name }) => name),
      title,
    ).toEqual(['datasource', 'project', 'env', 'rollout']);
    expect(panels.every((panel) => panel.title !== '' && panel.targets.length > 0)).toBe(true);
  }
});

const ROOT = path.join(import.meta.dirname, '../../..');
const FRAME = { width: 500, height: 180, fromS: 0, toS: 100, stepS: 1 };

it.each([...readDashboards().keys()])('%s can be drawn, and there is a picture of it', (name) => {
  const { panels } = JSON.parse(
    fs.readFileSync(path.join(ROOT, 'deploy/grafana/dashboards', name), 'utf8'),
  ) as Dashboard;
  const points = Array.from({ length: 100 }, (_, at) => [at, at % 7] as const);
  for (const panel of panels) {
    const drawn = renderPanel(panel, [{ labels: { le: '0.5', env: '<prod>' }, name: '<one>', points }], FRAME);
    expect(drawn, panel.title).not.toMatch(/NaN|undefined|<one>|<prod>/);
  }
  const size = fs.statSync(path.join(ROOT, 'docs/pictures', name.replace('.json', '.png'))).size;
  expect(size).toBeGreaterThan(20_000);
  expect(size).toBeLessThan(200_000);
});

it('a gap in a line is a gap, and areas stand upon one another', () => {
  const panel = (mode: string) => ({
    type: 'timeseries',
    title: 't',
    gridPos: { x: 0, y: 0, w: 12, h: 8 },
    targets: [],
    fieldConfig: { defaults: { unit: 'short', custom: { stacking: { mode } } } },
  });
  const line = (points: readonly (readonly [number, number])[]) => ({ labels: {}, name: 'x', points });
  const broken = [line([[0, 1], [1, 1], [50, 1], [51, 1]])]; // biome-ignore format: a row of points
  expect(renderPanel(panel('none'), broken, FRAME).match(/<polyline/g)).toHaveLength(2);
  const two = [line([[0, 3]]), line([[0, 5]])];
  // 10 is the top of the axis of 3 + 5; of 5 alone it is 5.
  expect(renderPanel(panel('normal'), two, FRAME)).toMatch(/>10</);
  expect(renderPanel(panel('none'), two, FRAME)).not.toMatch(/>10</);
});

it('a panel of a kind or unit that cannot be drawn is said', () => {
  const panel = { type: 'piechart', title: 't', gridPos: { x: 0, y: 0, w: 1, h: 1 }, targets: [] };
  const one = [{ labels: {}, name: 'x', points: [[0, 1]] as const }];
  const of = (unit: string, type: string) => ({ ...panel, type, fieldConfig: { defaults: { unit } } });
  expect(() => renderPanel(of('s', 'piechart'), one, FRAME)).toThrow('"piechart"');
  expect(() => renderPanel(of('furlong', 'stat'), one, FRAME)).toThrow('"furlong"');
});
