import fs from 'node:fs';
import { expect, it } from 'vitest';
import { listMetrics } from '../../../src/observability/list-metrics.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { IDLE } from '../../support/idle-metrics.ts';

const text = fs.readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
const rows = [...text.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \| (.*?) \| (.+) \|$/gm)].map(
  ([, name, type, labels, buckets, help]) => ({ name, type, labels, buckets, help }),
);
const listed = listMetrics(createMetrics(IDLE).registry);

it('docs/metrics.md holds exactly what the code registers', () => {
  expect(rows).toEqual(listed);
});

it('names, units and labels follow the rules of fleet.md 6.1', () => {
  for (const { name, type, labels, help } of listed) {
    if (type === 'counter') expect(name).toMatch(/_total$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    expect(labels, name).not.toMatch(/target|tenant|database|host\b/);
    expect(help.length, name).toBeGreaterThan(8);
  }
});
