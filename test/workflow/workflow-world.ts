import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { RolloutStatus } from '../../src/rollout/types.ts';
import type { MessageOf, RolloutVerb } from '../../src/shared/rollout-message.ts';
import { ORCHESTRATION_QUEUE, ROLLOUT_WORKFLOW } from '../../src/shared/workflow-names.ts';
import { startWorkers } from '../../src/temporal/workers.ts';
import type { RolloutRun } from '../../src/workflows/rollout-workflow.ts';
import { temporalServer } from '../support/servers.ts';
import type { FakeFleet } from './fake-fleet.ts';

// Workers announce each of their states at level INFO.
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

export interface RunningRollout {
  readonly handle: WorkflowHandle;
  /** Sends a verb; resolves with the refusal's code and message, or undefined where it was taken. */
  send<V extends RolloutVerb>(
    verb: V,
    fields?: Partial<Omit<MessageOf<V>, 'verb'>>,
  ): Promise<{ readonly code: string; readonly message: string } | undefined>;
  status(): Promise<RolloutStatus | null>;
  /** Waits for a state, at most 20 s. */
  reach(state: RolloutStatus['state']): Promise<RolloutStatus>;
  result(): Promise<unknown>;
  /** Events of each run, the newest first: one hands over to the next. */
  runLengths(): Promise<readonly number[]>;
}

/** Starts a rollout over a fake fleet, on the real server with the real workers, in a namespace of its own. */
export async function withRollout(
  fleet: FakeFleet,
  body: (rollout: RunningRollout) => Promise<void>,
  options: Pick<RolloutRun, 'drainAtEvents' | 'limits'> = {},
): Promise<void> {
  const { address } = await temporalServer();
  const connection = await Connection.connect({ address });
  const namespace = `workflow-test-${randomUUID().slice(0, 8)}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long, nanos: 0 },
  });
  const workers = await startWorkers({
    target: { address, namespace },
    dataConverter: {},
    roles: { orchestration: true, engine: true },
    activities: fleet,
    engineSlots: 10,
    identity: 'workflow-test',
    graceMs: 1_000,
    events: { emit: () => undefined },
  });
  try {
    const client = new Client({ connection, namespace });
    const handle = await client.workflow.start(ROLLOUT_WORKFLOW, {
      taskQueue: ORCHESTRATION_QUEUE,
      workflowId: 'rollout/shop/prod',
      args: [{ rolloutId: 'r1', project: 'shop', env: 'prod', ...options }],
    });
    await body(runningRollout(client, handle));
  } finally {
    await workers.stop();
    await connection.close();
  }
}

type Long = NonNullable<
  NonNullable<
    Parameters<Connection['workflowService']['registerNamespace']>[0]['workflowExecutionRetentionPeriod']
  >['seconds']
>;

function runningRollout(client: Client, handle: WorkflowHandle): RunningRollout {
  const status = (): Promise<RolloutStatus | null> => handle.query('status');
  return {
    handle,
    status,
    async send(verb, fields = {}) {
      const id = fields.id ?? randomUUID();
      try {
        await handle.executeUpdate(verb, {
          args: [{ by: 'kim', reason: '', verb, ...fields, id }],
          updateId: randomUUID(),
        });
        return undefined;
      } catch (error) {
        if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) throw error;
        return { code: error.cause.type ?? '', message: error.cause.message };
      }
    },
    async reach(state) {
      for (let i = 0; ; i++) {
        const seen = await status();
        if (seen?.state === state) return seen;
        if (i > 400) throw new Error(`still ${JSON.stringify(seen)}, expected ${state}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    result: () => handle.result(),
    async runLengths() {
      const lengths: number[] = [];
      for (let runId: string | undefined | null = (await handle.describe()).runId; runId; ) {
        const { events } = await client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
        lengths.push(events?.length ?? 0);
        runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
      }
      return lengths;
    },
  };
}
