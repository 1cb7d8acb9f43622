import type { Registry } from 'prom-client';

/** A metric as its document shows it. */
export interface ListedMetric {
  readonly name: string;
  readonly type: string;
  /** Comma-separated; empty: none. */
  readonly labels: string;
  /** Upper bounds of a histogram, space-separated; else empty. */
  readonly buckets: string;
  readonly help: string;
}

/** What prom-client keeps of a metric; its types show only a part of it. */
interface Registered {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly upperBounds?: readonly number[];
  readonly constructor: { readonly name: string };
}

/** Our own metrics of the registry, by name; those that the library gives by itself are left out. */
export function listMetrics(registry: Registry): readonly ListedMetric[] {
  const metrics = registry.getMetricsAsArray() as unknown as readonly Registered[];
  return metrics
    .filter(({ name }) => name.startsWith('flotilla_') || name.startsWith('http_'))
    .map(({ name, help, labelNames, upperBounds = [], constructor: kind }) => ({
      name,
      type: kind.name.toLowerCase(),
      labels: labelNames.join(', '),
      buckets: upperBounds.join(' '),
      help,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
