// Who may import whom. One row per folder; `type` marks folders reachable by `import type` only.
// docs/architecture.md explains the layers; test/unit/layers.test.ts plants violations and sees them caught.
const LAYERS = {
  shared: { use: [], type: [] },
  engine: { use: ['shared'], type: [] },
  rollout: { use: ['shared'], type: ['engine'] },
  config: { use: ['shared', 'engine'], type: [] },
  observability: { use: ['shared'], type: [] },
  store: { use: ['shared'], type: ['rollout', 'engine'] },
  app: { use: ['shared', 'engine', 'rollout', 'store'], type: ['config'] },
  workflows: { use: ['shared', 'rollout'], type: ['activities', 'engine'] },
  activities: { use: ['shared', 'app'], type: ['engine', 'rollout'] },
  temporal: { use: ['shared'], type: ['workflows', 'activities', 'app', 'config', 'rollout'] },
  http: { use: ['shared', 'app'], type: ['engine', 'rollout', 'config'] },
  cli: { use: ['shared', 'app', 'engine', 'config'], type: ['rollout'] },
  bin: {
    use: [
      'shared',
      'engine',
      'rollout',
      'config',
      'observability',
      'store',
      'app',
      'workflows',
      'activities',
      'temporal',
      'http',
      'cli',
    ],
    type: [],
  },
};

const any = (names) => `(?:${names.join('|')})`;
const layerRules = Object.entries(LAYERS).flatMap(([name, { use, type }]) => [
  {
    name: `layer-${name}`,
    severity: 'error',
    from: { path: `^src/${name}/` },
    to: { path: '^src/', pathNot: `^src/${any([name, ...use, ...type])}/` },
  },
  ...(type.length === 0
    ? []
    : [
        {
          name: `layer-${name}-types-only`,
          severity: 'error',
          from: { path: `^src/${name}/` },
          to: { path: `^src/${any(type)}/`, dependencyTypesNot: ['type-only'] },
        },
      ]),
]);

// Inside the engine: which parts a part may import.
const ENGINE_MAY = {
  diagnostics: [],
  url: [],
  'go-template': [],
  hcl: ['diagnostics'],
  schema: ['diagnostics'],
  changes: ['schema'],
  dialects: ['diagnostics', 'url', 'schema', 'changes'],
  spec: ['diagnostics', 'hcl', 'schema', 'dialects'],
  diff: ['schema', 'changes', 'dialects'],
  plan: ['schema', 'changes', 'dialects', 'diff'],
  directory: ['diagnostics', 'dialects'],
  run: ['diagnostics', 'url', 'schema', 'dialects', 'directory', 'hcl', 'changes', 'spec', 'plan'],
  drivers: ['diagnostics', 'url', 'dialects', 'directory', 'run'],
};
const engineRules = Object.entries(ENGINE_MAY).map(([part, may]) => ({
  name: `engine-${part}`,
  comment: `engine/${part} may import only: ${may.join(', ') || 'nothing of the engine'}`,
  severity: 'error',
  from: { path: `^src/engine/${part}/` },
  to: { path: '^src/engine/', pathNot: `^src/engine/${any([part, ...may])}/` },
}));

const PURE =
  '^src/(?:rollout|shared|engine/(?:diagnostics|url|go-template|schema|changes|hcl|spec|dialects|diff|plan|directory))/';

export default {
  forbidden: [
    ...layerRules,
    ...engineRules,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-core-has-no-io',
      comment:
        'The core is given text, rows and values. Reading files, sockets, env or the clock belongs to run/, drivers/, config/ or bin/.',
      severity: 'error',
      from: { path: PURE, pathNot: '^src/engine/(?:directory/checksum|spec/fingerprint-realm)[.]ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-core-has-no-packages',
      comment: 'HCL yamldecode/yamlencode use the yaml package: decision 0003.',
      severity: 'error',
      from: { path: PURE, pathNot: '^src/engine/hcl/functions/yaml[.]ts$' },
      to: { path: 'node_modules/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'core-does-not-run',
      severity: 'error',
      from: { path: PURE },
      to: { path: '^src/engine/(?:run|drivers)/' },
    },
    {
      name: 'run-goes-through-ports',
      severity: 'error',
      from: { path: '^src/engine/run/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'dialects-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/engine/(dialects|drivers)/([^/]+)/' },
      to: { path: '^src/engine/$1/[^/]+/', pathNot: '^src/engine/$1/$2/' },
    },
    {
      name: 'only-the-registry-names-a-dialect',
      comment: 'Outside its own folder a dialect is reached through the Dialect interface.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/(?:dialects|drivers)/(?:[^/]+/|index[.]ts$)' },
      to: { path: '^src/engine/(?:dialects|drivers)/[^/]+/' },
    },
    {
      name: 'database-packages-in-drivers-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:engine/drivers|store)/' },
      to: { path: 'node_modules/(?:pg|mysql2)/' },
    },
    {
      name: 'engine-by-its-front-door',
      severity: 'error',
      from: { path: '^src/(?!engine/)' },
      to: { path: '^src/engine/', pathNot: '^src/engine/index[.]ts$' },
    },
    {
      name: 'workflows-are-deterministic',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'workflows-use-one-package',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: {
        path: 'node_modules/',
        pathNot: 'node_modules/@temporalio/(?:workflow|common)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'remote-cli-loads-no-worker',
      comment: 'The remote verbs must start in well under half a second: no worker, no client of Temporal.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: 'node_modules/(?:@temporalio|fastify)/' },
    },
    {
      name: 'process-and-env-in-config-and-bin-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:bin|config)/' },
      to: { path: '^(?:node:)?process$' },
    },
    {
      name: 'production-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(?:test|scripts)/' },
    },
    {
      name: 'no-orphans',
      severity: 'warn',
      from: { orphan: true, pathNot: '[.]d[.]ts$|^src/bin/|^src/workflows/' },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
