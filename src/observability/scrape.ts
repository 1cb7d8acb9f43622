import type { Metrics } from './metrics.ts';

/**
 * Everything that a scrape gets: our metrics, then those of Temporal's SDK, whose names all begin with `temporal_`.
 * @param sdkMetrics the SDK's own text, empty where it cannot be had
 */
export async function renderScrape(
  metrics: Metrics,
  sdkMetrics: () => Promise<string>,
): Promise<{ readonly contentType: string; readonly text: string }> {
  const [own, sdk] = await Promise.all([metrics.registry.metrics(), sdkMetrics()]);
  return {
    contentType: metrics.registry.contentType,
    text: sdk === '' ? own : `${own.trimEnd()}\n${sdk.trimEnd()}\n`,
  };
}
