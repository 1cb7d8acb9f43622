import path from 'node:path';
import { expect, it } from 'vitest';
import { runToEnd } from '../../support/child-process.ts';
import { prometheusPrograms } from '../../support/prometheus.ts';
import { skipReason } from '../../support/servers.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../deploy/prometheus');

const reason = await skipReason(prometheusPrograms);

it.skipIf(reason !== undefined)('promtool checks the rules, and their unit tests pass', async () => {
  const { promtool } = await prometheusPrograms();
  expect(runToEnd(promtool, ['check', 'rules', 'flotilla.rules.yml'], { cwd: FOLDER })).toContain('SUCCESS');
  expect(runToEnd(promtool, ['test', 'rules', 'flotilla.rules.test.yml'], { cwd: FOLDER })).toContain('SUCCESS');
});
