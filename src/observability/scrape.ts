import type { Metrics } from './metrics.ts';

/**
 * Families of the SDK that are left out: each has a histogram for each type of activity, operation or workflow, and no alert, dashboard or
 * question needs it. How long a rollout takes is in our own metrics; of an activity there is the latency of its execution and of its start.
 */
const LEFT_OUT = new Set([
  'temporal_activity_succeed_endtoend_latency_seconds',
  'temporal_long_request_latency_seconds',
  'temporal_workflow_endtoend_latency_seconds',
  'temporal_workflow_task_execution_latency_seconds',
  'temporal_workflow_task_replay_latency_seconds',
]);

/** The text without those families. In Prometheus' format a family is its `# HELP` line and all lines up to the next one. */
function withoutLeftOut(text: string): string {
  let isOut = false;
  return text
    .split('\n')
    .filter((line) => {
      const [mark, word, name = ''] = line.split(' ', 3);
      if (mark === '#' && word === 'HELP') isOut = LEFT_OUT.has(name);
      return !isOut;
    })
    .join('\n');
}

/**
 * Everything that a scrape gets: our metrics, then those of Temporal's SDK, whose names all begin with `temporal_`.
 * @param sdkMetrics the SDK's own text, of which some families are left out; empty where it cannot be had
 */
export async function renderScrape(
  metrics: Metrics,
  sdkMetrics: () => Promise<string>,
): Promise<{ readonly contentType: string; readonly text: string }> {
  const [own, sdk] = await Promise.all([metrics.registry.metrics(), sdkMetrics().then(withoutLeftOut)]);
  return {
    contentType: metrics.registry.contentType,
    text: sdk === '' ? own : `${own.trimEnd()}\n${sdk.trimEnd()}\n`,
  };
}
