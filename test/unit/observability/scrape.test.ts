import { expect, it } from 'vitest';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { renderScrape } from '../../../src/observability/scrape.ts';
import { IDLE } from '../../support/idle-metrics.ts';

const SDK = `# HELP temporal_long_request_latency_seconds Long polls
# TYPE temporal_long_request_latency_seconds histogram
temporal_long_request_latency_seconds_bucket{operation="poll",le="1"} 1
temporal_long_request_latency_seconds_count{operation="poll"} 1
# HELP temporal_long_request_total Long polls
# TYPE temporal_long_request_total counter
temporal_long_request_total{operation="poll"} 7
`;

it('a scrape is our metrics, then what is needed of those of the SDK', async () => {
  const metrics = createMetrics(IDLE);
  const { text } = await renderScrape(metrics, async () => SDK);
  expect(text).toContain('flotilla_build_info{');
  expect(text).toMatch(
    /\n# TYPE temporal_long_request_total counter\ntemporal_long_request_total\{operation="poll"\} 7\n$/,
  );
  expect(text).not.toContain('temporal_long_request_latency');
  expect(text).not.toContain('nodejs_heap_space');
  const own = await renderScrape(metrics, async () => '');
  expect(own.text).not.toContain('temporal_');
});
