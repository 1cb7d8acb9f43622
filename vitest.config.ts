import { defineConfig } from 'vitest/config';

const PROPERTY_SEED = 'test/support/property-seed.ts';

/** One project per kind of test, so that each runs alone (`npm run unit`) and all run behind `npm test`. */
const project = (name: string, options: { timeoutMs?: number; parallel?: boolean; setup?: string } = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    setupFiles: options.setup ?? [],
    testTimeout: options.timeoutMs ?? 10_000,
    hookTimeout: options.timeoutMs ?? 10_000,
    pool: 'forks' as const,
    fileParallelism: options.parallel ?? true,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', { timeoutMs: 20_000, setup: PROPERTY_SEED }),
      project('property', { timeoutMs: 300_000, setup: PROPERTY_SEED }),
      project('golden', { timeoutMs: 60_000 }),
      project('contract', { timeoutMs: 120_000 }),
      project('integration', { timeoutMs: 300_000, parallel: false }),
      project('workflow', { timeoutMs: 120_000, parallel: false }),
      project('http', { timeoutMs: 60_000 }),
      project('cli', { timeoutMs: 120_000 }),
    ],
  },
});
