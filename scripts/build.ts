import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FAILURE_CONVERTER_PATH } from '../src/temporal/data-converter.ts';
import { BUNDLE_NAMES, buildWorkflowBundle } from '../src/temporal/workflow-bundle.ts';

/** `npm run build`: dist/, or the folder that is named, with the compiled sources and the workflow bundles that the orchestration worker loads. */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = process.argv[2] ?? `${root}dist`;
fs.rmSync(dist, { recursive: true, force: true });
const tsc = spawnSync(
  process.execPath,
  [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`, '--outDir', dist],
  { stdio: 'inherit' },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
for (const [name, converter] of [
  [BUNDLE_NAMES.plain, undefined],
  [BUNDLE_NAMES.encoded, FAILURE_CONVERTER_PATH],
] as const) {
  const { code } = await buildWorkflowBundle(new URL('../src/workflows/', import.meta.url), converter);
  fs.writeFileSync(`${dist}/${name}`, code);
  console.log(`dist/: compiled sources, and ${name} (${Math.round(code.length / 1024)} KB)`);
}
// webpack's worker threads and the SDK's runtime keep the loop alive.
process.exit(0);
