/**
 * Everything that must hold: `npm test`, or `npm test -- unit lint` for some steps. Provisions what it needs, says what it does,
 * and ends with `N passed, N failed, N skipped`. Under CI=true nothing that is missing is forgiven.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { INTEGRATION_WORKERS } from '../test/support/integration-workers.ts';
import { startMariadb } from '../test/support/mariadb-server.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { NotToBeHad } from '../test/support/provision.ts';
import { startTemporal } from '../test/support/temporal-server.ts';
import { throwAwayFolder } from '../test/support/temporary-folder.ts';
import { STEPS, type Step } from './steps.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a step counted, and what is said of each failure at the end of the run, where it is looked for. */
interface Result {
  readonly count: Count;
  readonly failures: readonly string[];
}

const results: (Result & { step: Step; seconds: number })[] = [];
const strict = process.env.CI === 'true';
const root = path.resolve(import.meta.dirname, '..');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${path.join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
  FORCE_COLOR: '0',
};

function run(command: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command[0] ?? '', command.slice(1), { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        process.stdout.write(chunk);
      });
    }
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('exit', (code) => resolve({ code: code ?? 1, output }));
  });
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** Lines of a failure that are said again at the end: enough for the counterexample and seed of a property. */
const FAILURE_LINES = 40;

const headOf = (text: string): string => stripVTControlCharacters(text).split('\n').slice(0, FAILURE_LINES).join('\n');
const tailOf = (text: string): string => stripVTControlCharacters(text).trimEnd().split('\n').slice(-15).join('\n');

/** Result of vitest's JSON report: a suite that could not be loaded is a failure too. */
function vitestResult(file: string, code: number, output: string): Result {
  if (!fs.existsSync(file)) return { count: { passed: 0, failed: 1, skipped: 0 }, failures: [tailOf(output)] };
  const report = JSON.parse(fs.readFileSync(file, 'utf8')) as VitestReport;
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [`${path.relative(root, name)}\n${headOf(message)}`] : [];
    return failed.map(
      ({ fullName, failureMessages }) =>
        `${path.relative(root, name)}: ${fullName}\n${headOf((failureMessages ?? []).join('\n'))}`,
    );
  });
  const failed = Math.max(report.numFailedTests, code === 0 ? 0 : 1);
  return {
    count: { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests },
    failures: failures.length === 0 && failed > 0 ? [tailOf(output)] : failures,
  };
}

async function runStep(step: Step): Promise<Result> {
  if (step.kind === 'vitest') {
    const file = path.join(throwAwayFolder('test'), 'report.json');
    const { code, output } = await run([
      ...step.command,
      '--passWithNoTests=false',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]);
    return vitestResult(file, code, output);
  }
  const { code, output } = await run(step.command);
  const failures = code === 0 ? [] : [tailOf(output)];
  if (step.kind === 'check')
    return { count: { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }, failures };
  const said = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  const count = { passed: Number(said?.[1] ?? 0), failed: Number(said?.[2] ?? 0), skipped: Number(said?.[3] ?? 0) };
  return { count: code === 0 || count.failed > 0 ? count : { ...count, failed: 1 }, failures };
}

async function forEachWorker(start: () => Promise<{ readonly url: string }>): Promise<string> {
  const urls: string[] = [];
  for (let i = 0; i < INTEGRATION_WORKERS; i += 1) urls.push((await start()).url);
  return urls.join(' ');
}

/** The servers of the whole run, databases for each worker of the integration tests; what cannot be had is left to each test's own skip. */
async function provision(): Promise<void> {
  for (const [name, start] of [
    ['FLOTILLA_TEST_POSTGRES', () => forEachWorker(startPostgres)],
    ['FLOTILLA_TEST_MARIADB', () => forEachWorker(startMariadb)],
    ['FLOTILLA_TEST_TEMPORAL', async () => (await startTemporal()).address],
  ] as const) {
    if (env[name]) continue;
    try {
      env[name] = await start();
      console.log(`provision: ${name}=${env[name]}`);
    } catch (error) {
      if (!(error instanceof NotToBeHad) || strict) throw error;
      console.log(`\n!!! ${error.message}\n!!! tests that need it are skipped (under CI=true they fail)\n`);
    }
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`no step named ${unknown.join(', ')}; there are: ${STEPS.map((step) => step.name).join(', ')}`);
  process.exit(1);
}
const steps = wanted.length === 0 ? STEPS : STEPS.filter((step) => wanted.includes(step.name));
let failedToProvision = 0;
for (const step of steps) {
  console.log(`\n=== ${step.name}: ${step.shows}`);
  const began = Date.now();
  try {
    if (step.servers) await provision();
    results.push({ step, ...(await runStep(step)), seconds: (Date.now() - began) / 1000 });
  } catch (error) {
    failedToProvision += 1;
    const message = error instanceof Error ? error.message : String(error);
    console.error(message);
    const count = { passed: 0, failed: 1, skipped: 0 };
    results.push({ step, count, failures: [message], seconds: (Date.now() - began) / 1000 });
  }
}

for (const { step, failures } of results)
  for (const failure of failures) console.log(`\n=== failed in ${step.name}: ${failure}`);

console.log('\n=== summary');
for (const { step, count, seconds } of results) {
  console.log(
    `${count.failed > 0 ? '✖' : '✔'} ${step.name.padEnd(12)} ${String(count.passed).padStart(5)} passed ${String(count.failed).padStart(3)} failed ${String(count.skipped).padStart(3)} skipped  ${seconds.toFixed(1)} s`,
  );
}
const total = results.reduce(
  (sum, { count }) => ({
    passed: sum.passed + count.passed,
    failed: sum.failed + count.failed,
    skipped: sum.skipped + count.skipped,
  }),
  { passed: 0, failed: 0, skipped: 0 },
);
const line = `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`;
process.stdout.write(`${line}\n`, () => process.exit(total.failed > 0 || failedToProvision > 0 ? 1 : 0));
