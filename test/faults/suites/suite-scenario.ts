import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { onEnd } from '../../support/at-end.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';
import type { Figures, Scenario } from '../rig/scenario.ts';
import { eachSchedule } from '../rig/schedules.ts';
import { tenantMariadb, tenantPostgres } from '../rig/servers.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const VITEST = path.join(root, 'node_modules/vitest/vitest.mjs');

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

/**
 * Tests of test/integration that are a scenario as they stand: run once a schedule, with the seed, on the rig's servers. `npm test` has them
 * as a step of its own, so a quick run leaves them out.
 */
export function suiteScenario(
  about: Pick<Scenario, 'name' | 'covers' | 'shows'> & { readonly files: readonly string[]; readonly long: number },
): Scenario {
  return {
    name: about.name,
    covers: about.covers,
    shows: about.shows,
    schedules: { quick: 0, long: about.long },
    async run(seed, options) {
      // Found in the environment by the tests.
      await Promise.all([tenantPostgres(), tenantMariadb()]);
      const totals: Record<string, number> = { checks: 0 };
      await eachSchedule(seed, options, async (one) => {
        const { report, figures, output } = await runTests(about.files, one);
        totals.checks = (totals.checks ?? 0) + report.numPassedTests;
        for (const noted of figures) addUp(totals, noted);
        const isRed = report.numFailedTests > 0 || report.numPassedTests === 0;
        return { wrongs: isRed ? [output.slice(-6_000)] : [], said: `${report.numPassedTests} checks` };
      });
      return totals;
    },
  };
}

function addUp(totals: Record<string, number>, noted: Figures): void {
  for (const [name, value] of Object.entries(noted)) {
    const before = totals[name] ?? 0;
    const isWorst = name.endsWith('Ms') || name.endsWith('%');
    totals[name] = isWorst ? Math.max(before, Math.round(value)) : before + value;
  }
}

async function runTests(files: readonly string[], seed: number) {
  const folder = throwAwayFolder('suite');
  const [reportFile, figuresFile] = [path.join(folder, 'report.json'), path.join(folder, 'figures')];
  fs.writeFileSync(figuresFile, '');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const child = spawn(process.execPath, [VITEST, 'run', '--project', 'integration', ...files, ...reporters], {
    cwd: root,
    env: {
      ...process.env,
      FLOTILLA_TEST_SEED: String(seed),
      FLOTILLA_TEST_FIGURES: figuresFile,
      FORCE_COLOR: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onEnd(() => child.kill('SIGTERM'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await new Promise((resolve) => child.on('close', resolve));
  const report: Report = fs.existsSync(reportFile)
    ? JSON.parse(fs.readFileSync(reportFile, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 1 };
  const lines = fs.readFileSync(figuresFile, 'utf8').split('\n').filter(Boolean);
  fs.rmSync(folder, { recursive: true, force: true });
  return { report, output, figures: lines.map((line) => JSON.parse(line) as Figures) };
}
