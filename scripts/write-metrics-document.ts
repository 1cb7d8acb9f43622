/** Writes docs/metrics.md from what the code registers; a test holds the two equal. */
import fs from 'node:fs';
import { listMetrics } from '../src/observability/list-metrics.ts';
import { createMetrics } from '../src/observability/metrics.ts';
import { IDLE } from '../test/support/idle-metrics.ts';

const { registry } = createMetrics(IDLE);
const rows = listMetrics(registry).map(
  ({ name, type, labels, buckets, help }) => `| \`${name}\` | ${type} | ${labels} | ${buckets} | ${help} |`,
);
fs.writeFileSync(
  new URL('../docs/metrics.md', import.meta.url),
  `# Metrics

\`GET /metrics\` gives them in Prometheus' text format, with \`process_*\` and \`nodejs_*\` of the process, and \`temporal_*\` of Temporal's SDK (durations in seconds). Times are in
seconds. No label holds the name of a target, a database or a host: series do not grow with the fleet. Who fails is in \`flotilla rollout get\`, the log and the audit trail.
Gauges of rollouts are there while the rollout is not over; they are read from the store's counters at each scrape, so each process of a deployment that shares a store shows the
same ones: take \`max\` over the instances, not \`sum\`. Everything else is counted by the process that did it, from its start on.
Written from \`src/observability\` by \`node scripts/write-metrics-document.ts\`; a test holds the two equal. Rules and alerts over them are in
\`deploy/prometheus\`, what to do at each alert is in [runbooks](runbooks/README.md).

| name | type | labels | buckets | meaning |
|---|---|---|---|---|
${rows.join('\n')}
`,
);
