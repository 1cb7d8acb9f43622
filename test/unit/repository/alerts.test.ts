import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listMetrics } from '../../../src/observability/list-metrics.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { IDLE } from '../../support/idle-metrics.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const read = (name: string): string => fs.readFileSync(path.join(ROOT, name), 'utf8');

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string; readonly runbook_url?: string };
}
const { groups } = parse(read('deploy/prometheus/flotilla.rules.yml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const names = alerts.map(({ alert = '' }) => alert).toSorted();

describe('alert rules', () => {
  it.each(alerts)('$alert says who is to look, and at which page', ({ alert = '', labels, annotations }) => {
    expect(['page', 'ticket']).toContain(labels?.severity);
    expect(annotations?.summary).toBeTruthy();
    expect(annotations?.runbook_url).toBe(`docs/runbooks/${alert}.md`);
    // The command to type comes first.
    expect(read(`docs/runbooks/${alert}.md`)).toMatch(new RegExp(`^# ${alert}\n\n\`\`\`sh\n\\S[^\n]*\n\`\`\`\n`));
    expect(read(`docs/runbooks/${alert}.md`)).toContain(`Severity: ${labels?.severity}.`);
  });

  it('and runbooks are the same list, and each has a unit test', () => {
    const pages = fs.readdirSync(path.join(ROOT, 'docs/runbooks')).filter((name) => name !== 'README.md');
    expect(pages.map((name) => name.replace('.md', '')).toSorted()).toEqual(names);
    const listed = [...read('docs/runbooks/README.md').matchAll(/^\| \[(\w+)\]/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(names);
    const tested = new Set(
      [...read('deploy/prometheus/flotilla.rules.test.yml').matchAll(/alertname: (\w+)/g)].map(
        ([, name]) => name ?? '',
      ),
    );
    expect([...tested].toSorted()).toEqual(names);
  });

  it('ask for metrics that there are', () => {
    const { registry } = createMetrics(IDLE);
    const known = new Set(listMetrics(registry).map(({ name }) => name));
    const asked = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/(?<![:\w])flotilla_\w+(?!:)\b/g)].map(([name]) => name),
    );
    const unknown = asked.filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')));
    expect(asked.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });
});
