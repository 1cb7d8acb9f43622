import { defineConfig } from 'vitest/config';
import { INTEGRATION_WORKERS } from './test/support/integration-workers.ts';

const PROPERTY_SEED = 'test/support/property-seed.ts';

/** One project per kind of test, so that each runs alone (`npm run unit`) and all run behind `npm test`. */
const project = (name: string, options: { timeoutMs?: number; workers?: number; setup?: string } = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    setupFiles: options.setup ?? [],
    testTimeout: options.timeoutMs ?? 10_000,
    hookTimeout: options.timeoutMs ?? 10_000,
    pool: 'forks' as const,
    ...(options.workers === undefined ? {} : { maxWorkers: options.workers }),
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', { timeoutMs: 20_000, setup: PROPERTY_SEED }),
      project('property', { timeoutMs: 300_000, setup: PROPERTY_SEED }),
      project('golden', { timeoutMs: 60_000 }),
      project('contract', { timeoutMs: 120_000 }),
      project('integration', { timeoutMs: 300_000, workers: INTEGRATION_WORKERS }),
      project('workflow', { timeoutMs: 120_000, workers: 1 }),
      project('http', { timeoutMs: 60_000 }),
      project('cli', { timeoutMs: 120_000 }),
    ],
  },
});
