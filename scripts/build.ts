import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildWorkflowBundle } from '../src/temporal/workflow-bundle.ts';

/** `npm run build`: dist/, or the folder that is named, with the compiled sources and the workflow bundle that the orchestration worker loads. */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = process.argv[2] ?? `${root}dist`;
fs.rmSync(dist, { recursive: true, force: true });
const tsc = spawnSync(
  process.execPath,
  [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`, '--outDir', dist],
  { stdio: 'inherit' },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
const { code } = await buildWorkflowBundle(new URL('../src/workflows/', import.meta.url));
fs.writeFileSync(`${dist}/workflow-bundle.js`, code);
console.log(`dist/: compiled sources, and workflow-bundle.js (${Math.round(code.length / 1024)} KB)`);
// webpack's worker threads and the SDK's runtime keep the loop alive.
process.exit(0);
