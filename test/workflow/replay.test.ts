import fs from 'node:fs';
import path from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildWorkflowBundle } from '../../src/temporal/workflow-bundle.ts';

const HISTORIES = path.join(import.meta.dirname, 'histories');
const names = fs.readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

const read = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(HISTORIES, name), 'utf8'));

// Histories of earlier code, made with SAVE_HISTORIES=1 by rollout-workflow.test.ts. None is ever rewritten to make this pass: a rollout
// that was begun by that code may still be running somewhere.
describe('rollout workflow without a server', () => {
  let workflowBundle: { readonly code: string };
  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
    workflowBundle = await buildWorkflowBundle(new URL('../../src/workflows/', import.meta.url));
  });

  test('there is a history of every shape', () => {
    expect(names.length).toBeGreaterThanOrEqual(8);
  });

  test.each(names)('replays %s', async (name) => {
    await Worker.runReplayHistory({ workflowBundle }, read(name), 'rollout/shop/prod');
  });

  test('a history that the code would not have made is told apart', async () => {
    const text = JSON.stringify(read('happy.json')).replaceAll('prepareRollout', 'prepareSomethingElse');
    await expect(Worker.runReplayHistory({ workflowBundle }, JSON.parse(text), 'rollout/shop/prod')).rejects.toThrow(
      /TMPRL1100|[Nn]ondeterminism|prepareSomethingElse/,
    );
  });
});
