/**
 * Runs the acceptance kit beside this repository, if it is there: `npm run acceptance [-- --dialect sqlite --only pause …]`.
 * `--quick` is the part of it that `npm test` runs. Arguments after `--` go to the kit.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const kit = process.env.FLOTILLA_ACCEPTANCE_KIT ?? path.join(root, '../shared/acceptance');
const args = process.argv.slice(2);
const quick = args.includes('--quick');

if (!fs.existsSync(path.join(kit, 'run.mjs'))) {
  console.log(
    `\n!!! acceptance: no kit at ${path.relative(root, kit)}; its scenarios are NOT run (FLOTILLA_ACCEPTANCE_KIT names another place)\n`,
  );
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}
// One scenario of each kind: what a fleet gets, what stops it, what a crash leaves, what is refused.
const QUICK = ['--only', '^(happy|budget|pause|idempotency|migrate-apply)'];
const chosen = quick ? [...QUICK, ...args.filter((arg) => arg !== '--quick')] : args;
const node = path.join(root, 'node_modules/.bin/node');
const cli = `${fs.existsSync(node) ? node : process.execPath} ${path.join(root, 'bin/flotilla.js')}`;
const run = spawnSync(process.execPath, [path.join(kit, 'run.mjs'), '--cli', cli, '--modules', root, ...chosen], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
