import { AsyncCompletionClient, type Connection, isGrpcServiceError } from '@temporalio/client';
import { ApplicationFailure, type DataConverter } from '@temporalio/common';
import { rolloutWorkflowId } from '../shared/workflow-names.ts';
import { isWorkerGone } from './worker-identity.ts';

/** PENDING_ACTIVITY_STATE_STARTED of temporal.api.enums.v1. */
const STARTED = 2;
/** grpc status code. */
const NOT_FOUND = 5;
const DESCRIBE_MS = 2_000;

/**
 * Gives back to Temporal what processes of this machine held when they were killed: Temporal itself notices by the missing heartbeat only,
 * 5 s later. Safe at any time: an activity of a process that lives, or that cannot be seen from here, is left alone.
 * @param rollouts those that may have something in flight
 * @throws where the server does not answer: the timeouts do it then
 */
export async function failLostActivities(
  server: { readonly connection: Connection; readonly namespace: string; readonly dataConverter: DataConverter },
  rollouts: readonly { readonly project: string; readonly env: string }[],
): Promise<void> {
  const { connection, namespace } = server;
  const client = new AsyncCompletionClient(server);
  for (const { project, env } of rollouts) {
    const workflowId = rolloutWorkflowId(project, env);
    const found = await describe(connection, namespace, workflowId);
    for (const { activityId, state, lastWorkerIdentity } of found?.pendingActivities ?? []) {
      if (state !== STARTED || !activityId || !isWorkerGone(lastWorkerIdentity ?? '')) continue;
      const lost = ApplicationFailure.create({
        type: 'WorkerGone',
        message: `${lastWorkerIdentity} has ended`,
        nextRetryDelay: 1,
      });
      // It may have run into its timeout meanwhile: then it is being tried again already.
      await client.fail({ workflowId, activityId }, lost).catch(() => undefined);
    }
  }
}

/** Undefined where the workflow has not begun yet. @throws where the server does not answer */
async function describe(connection: Connection, namespace: string, workflowId: string) {
  try {
    return await connection.withDeadline(Date.now() + DESCRIBE_MS, () =>
      connection.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } }),
    );
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === NOT_FOUND) return undefined;
    throw error;
  }
}
