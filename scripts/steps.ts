/** The steps of `npm test`, in order: cheap ones first, so that a typing mistake is not found after ten minutes. */
export interface Step {
  readonly name: string;
  /** What `npm run <name>` runs alone. */
  readonly kind: 'check' | 'vitest' | 'counted';
  readonly command: readonly string[];
  /** Servers that the step wants to find running. */
  readonly servers?: boolean;
  /** What the step shows, for the summary. */
  readonly shows: string;
}

export const STEPS: readonly Step[] = [
  {
    name: 'runtime',
    kind: 'check',
    command: ['node', 'scripts/check-runtime.ts'],
    shows: 'the Node that runs is the one of package.json',
  },
  { name: 'lint', kind: 'check', command: ['biome', 'check', '.'], shows: 'formatting and lint rules' },
  { name: 'types', kind: 'check', command: ['tsc', '-p', 'tsconfig.json', '--noEmit'], shows: 'types' },
  {
    name: 'layers',
    kind: 'check',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'src'],
    shows: 'who imports whom',
  },
  { name: 'dead-code', kind: 'check', command: ['knip'], shows: 'nothing is written that nobody uses' },
  {
    name: 'build',
    kind: 'check',
    command: ['node', 'scripts/build.ts'],
    shows: 'dist/ with the command and the workflow bundle',
  },
  { name: 'unit', kind: 'vitest', command: ['vitest', 'run', '--project', 'unit'], shows: 'the parts, by themselves' },
  {
    name: 'property',
    kind: 'vitest',
    command: ['vitest', 'run', '--project', 'property'],
    shows: 'invariants over random inputs',
  },
  {
    name: 'http',
    kind: 'vitest',
    command: ['vitest', 'run', '--project', 'http'],
    shows: 'routes, errors, authentication',
  },
  {
    name: 'golden',
    kind: 'vitest',
    command: ['vitest', 'run', '--project', 'golden'],
    shows: 'outputs held against files',
  },
  {
    name: 'contract',
    kind: 'vitest',
    command: ['vitest', 'run', '--project', 'contract'],
    servers: true,
    shows: 'one suite for every dialect and every store',
  },
  {
    name: 'cli',
    kind: 'vitest',
    command: ['vitest', 'run', '--project', 'cli'],
    servers: true,
    shows: 'commands, texts, streams, exit codes',
  },
  {
    name: 'workflow',
    kind: 'vitest',
    command: ['vitest', 'run', '--project', 'workflow'],
    servers: true,
    shows: 'the workflow on a real Temporal server; saved histories replayed',
  },
  {
    name: 'integration',
    kind: 'vitest',
    command: ['vitest', 'run', '--project', 'integration'],
    servers: true,
    shows: 'daemon, engine and databases together; kill -9',
  },
  {
    name: 'faults',
    kind: 'counted',
    command: ['node', 'test/faults/run.ts', '--quick'],
    shows: 'the fault rig on fixed seeds: kills, pauses, budgets, full disks, clocks, upgrades',
  },
  {
    name: 'conformance',
    kind: 'counted',
    command: ['node', 'scripts/conformance.ts'],
    shows: "upstream's own test data, where the kit is there",
  },
  {
    name: 'acceptance',
    kind: 'counted',
    command: ['node', 'scripts/acceptance.ts', '--quick'],
    shows: 'black-box scenarios on real fleets, where the kit is there',
  },
];
