import { expect, it } from 'vitest';
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
