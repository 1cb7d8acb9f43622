/**
 * Runs the conformance kit beside this repository, if it is there: `npm run conformance [-- --all] [-- --update]`.
 * test/conformance/passing.txt names what passes; one of them that stops passing fails the run. `--all` also tries the rest;
 * `--update` writes the names that pass into the file. Other arguments go to the kit.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { throwAwayFolder } from '../test/support/temporary-folder.ts';

interface Outcome {
  readonly status: 'PASS' | 'FAIL' | 'SKIP';
  readonly reason?: string | null;
}

const root = path.resolve(import.meta.dirname, '..');
const kit = process.env.FLOTILLA_CONFORMANCE_KIT ?? path.join(root, '../shared/conformance');
const list = path.join(root, 'test/conformance/passing.txt');
const args = process.argv.slice(2);
const own = ['--all', '--update'];
const everything = args.includes('--all') || args.includes('--update');

if (!fs.existsSync(path.join(kit, 'all.mjs'))) {
  console.log(
    `\n!!! conformance: no kit at ${path.relative(root, kit)}; its cases are NOT run (FLOTILLA_CONFORMANCE_KIT names another place)\n`,
  );
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}

const listed = fs.existsSync(list)
  ? fs
      .readFileSync(list, 'utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '')
  : [];

/** Runs the kit and gives what came of each case: `golden/sum/…`, `mysql/cli-…`. */
function runKit(): ReadonlyMap<string, Outcome> {
  const node = fs.existsSync(path.join(root, 'node_modules/.bin/node'))
    ? path.join(root, 'node_modules/.bin/node')
    : process.execPath;
  const json = path.join(throwAwayFolder('conformance'), 'results.json');
  const scripts = listed.flatMap((name) => /^(?:sqlite|postgres|mysql)\/(.+)$/.exec(name)?.[1] ?? []);
  const only = everything ? [] : ['--suite', 'sqlite,postgres,mysql,golden', '--script', `^(${scripts.join('|')})$`];
  const run = spawnSync(
    node,
    [
      path.join(kit, 'all.mjs'),
      ...['--cli', `'${node}' '${path.join(root, 'bin/flotilla.js')}'`],
      ...['--adapter', `'${node}' '${path.join(root, 'test/conformance/adapter.ts')}'`],
      ...['--system-only', '--json', json],
      ...only,
      ...args.filter((arg) => !own.includes(arg)),
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (everything) process.stdout.write(run.stdout);
  if (!fs.existsSync(json)) {
    process.stdout.write(everything ? '' : run.stdout);
    console.error(`the kit failed: exit ${run.status ?? run.signal}`);
    process.exit(1);
  }
  const { suites, golden } = JSON.parse(fs.readFileSync(json, 'utf8')) as {
    readonly suites: Readonly<Record<string, Readonly<Record<string, Outcome>>>>;
    readonly golden: { readonly results: readonly (Outcome & { readonly kind: string; readonly id: string })[] } | null;
  };
  return new Map<string, Outcome>([
    ...Object.entries(suites).flatMap(([suite, cases]) =>
      Object.entries(cases).map(([name, outcome]) => [`${suite}/${name}`, outcome] as const),
    ),
    ...(golden?.results ?? []).map((one) => [`golden/${one.kind}/${one.id}`, one] as const),
  ]);
}

const outcomes = runKit();
const passing = [...outcomes].filter(([, { status }]) => status === 'PASS').map(([name]) => name);
if (args.includes('--update')) {
  const names = [
    ...new Set([...passing, ...listed.filter((name) => outcomes.get(name)?.status === 'SKIP')]),
  ].toSorted();
  fs.writeFileSync(
    list,
    `# Cases of the conformance kit that pass. CI fails when one of them stops passing: npm run conformance\n${names.join('\n')}\n`,
  );
  console.log(`${path.relative(root, list)}: ${names.length} names`);
}

const strict = process.env.CI === 'true';
let [passed, failed, skipped] = [0, 0, 0];
for (const name of listed) {
  const outcome = outcomes.get(name);
  if (outcome?.status === 'PASS') passed++;
  else if (outcome?.status === 'SKIP' && !strict) {
    skipped++;
    console.log(`\n!!! not run: ${name}: ${outcome.reason ?? ''}\n`);
  } else {
    failed++;
    console.log(`stopped passing: ${name}: ${outcome?.reason ?? 'the kit did not run it'}`);
  }
}
const unlisted = passing.filter((name) => !listed.includes(name));
if (unlisted.length > 0 && !args.includes('--update')) {
  console.log(`passes, but is not listed (npm run conformance -- --update): ${unlisted.join(', ')}`);
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);
