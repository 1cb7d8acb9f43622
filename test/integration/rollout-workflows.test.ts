import { randomUUID } from 'node:crypto';
import { Client, type Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rolloutWorkflowId } from '../../src/shared/workflow-names.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { createDataConverter } from '../../src/temporal/data-converter.ts';
import { createRolloutWorkflows } from '../../src/temporal/rollout-workflows.ts';
import { skipReason, temporalServer } from '../support/servers.ts';

const skipped = (await skipReason(temporalServer)) !== undefined;

describe.skipIf(skipped)('the workflows of an env, on a real Temporal server', () => {
  let connection: Connection;
  beforeAll(async () => {
    const { address } = await temporalServer();
    connection = await connectClient({ address, namespace: 'default' }, 15_000);
  });
  afterAll(() => connection?.close());

  it('are one at a time: a rollout waits for that of the one before, and for its own from before its end', async () => {
    const dataConverter = createDataConverter([]);
    const workflows = createRolloutWorkflows({
      connection,
      namespace: 'default',
      dataConverter,
      hasSearchAttributes: false,
    });
    const env = `e${randomUUID().slice(0, 8)}`;
    const before = { id: 'before', project: 'shop', env, lives: 1 };
    const after = { ...before, id: 'after' };
    const end = () => new Client({ connection }).workflow.getHandle(rolloutWorkflowId('shop', env)).terminate();
    expect(await workflows.start(before)).toBe('started');
    expect(await workflows.start(before)).toBe('running');
    expect(await workflows.start({ ...before, lives: 2 })).toBe('busy');
    expect(await workflows.start(after)).toBe('busy');
    await end();
    expect(await workflows.start(after)).toBe('started');
    await end();
  });
});
