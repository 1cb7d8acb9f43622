import {
  Client,
  type Connection,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  type DataConverter,
  defineSearchAttributeKey,
  SearchAttributeType,
} from '@temporalio/common';
import type { RolloutMessage, RolloutWorkflows } from '../app/ports.ts';
import { AppError, ERRORS, type ErrorCode } from '../shared/errors.ts';
import {
  ORCHESTRATION_QUEUE,
  ROLLOUT_WORKFLOW,
  type RolloutWorkflowInput,
  rolloutWorkflowId,
} from '../shared/workflow-names.ts';
import { isServing } from './connect.ts';

/** A server that does not answer a plain question in this time is not there. */
const REACH_MS = 2_500;
/** A server with a backlog answers a message in up to 20 s (measured); whoever pauses has the gate closed long before. */
const HANDLE_MS = 25_000;

/** A task that a killed process had taken is given to the next one after this; a task of ours takes some ms. */
const TASK_MS = 3_000;

/** grpc status codes. */
const DEADLINE_EXCEEDED = 4;
const ABORTED = 10;
const UNAVAILABLE = 14;

const ROLLOUT = defineSearchAttributeKey('FlotillaRollout', SearchAttributeType.KEYWORD);
const PROJECT = defineSearchAttributeKey('FlotillaProject', SearchAttributeType.KEYWORD);
const ENV = defineSearchAttributeKey('FlotillaEnv', SearchAttributeType.KEYWORD);

/**
 * The rollout workflows of a namespace, for the use cases.
 * @param options.hasSearchAttributes whether the namespace knows them; a start with unknown ones would fail
 */
export function createRolloutWorkflows(options: {
  readonly connection: Connection;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
  readonly hasSearchAttributes: boolean;
}): RolloutWorkflows {
  const { connection, namespace, dataConverter } = options;
  const client = new Client({ connection, namespace, dataConverter });

  /** Fails soon where nobody answers, and waits long where somebody does. */
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!(await isServing(connection, REACH_MS))) throw unavailable();
    try {
      return await connection.withDeadline(Date.now() + HANDLE_MS, work);
    } catch (error) {
      throw translate(error);
    }
  };

  return {
    start: (rollout) =>
      call(async () => {
        const input: RolloutWorkflowInput = { rolloutId: rollout.id, project: rollout.project, env: rollout.env };
        try {
          await client.workflow.start(ROLLOUT_WORKFLOW, {
            taskQueue: ORCHESTRATION_QUEUE,
            workflowId: rolloutWorkflowId(rollout.project, rollout.env),
            workflowIdConflictPolicy: 'FAIL',
            workflowIdReusePolicy: 'ALLOW_DUPLICATE',
            workflowTaskTimeout: TASK_MS,
            args: [input],
            memo: memoOf(rollout),
            staticSummary: `rollout ${rollout.id} of ${rollout.project}/${rollout.env}`,
            ...(options.hasSearchAttributes
              ? {
                  typedSearchAttributes: [
                    { key: ROLLOUT, value: rollout.id },
                    { key: PROJECT, value: rollout.project },
                    { key: ENV, value: rollout.env },
                  ],
                }
              : {}),
          });
          return 'started';
        } catch (error) {
          if (error instanceof WorkflowExecutionAlreadyStartedError) return isOurs(client, rollout);
          throw error;
        }
      }),
    send: (rollout, message) =>
      call(async () => {
        const handle = client.workflow.getHandle(rolloutWorkflowId(rollout.project, rollout.env));
        // A run that hands over to its next one (continue-as-new) answers ABORTED to what it had not taken up yet.
        for (let attempt = 1; ; attempt++) {
          try {
            await handle.executeUpdate<void, [RolloutMessage]>(message.verb, {
              updateId: message.id,
              args: [{ ...message, rollout: rollout.id }],
            });
            return;
          } catch (error) {
            if (attempt >= 20 || grpcCode(error) !== ABORTED) throw error;
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        }
      }),
  };
}

/** Kept over a continue-as-new: which rollout a run belongs to, and which life of it. */
const memoOf = ({ id, lives }: Started): Record<string, unknown> => ({ rollout: id, lives });

type Started = Parameters<RolloutWorkflows['start']>[0];

/** A run that was there first may be about to end the rollout before: kill -9 can leave it at its last step for seconds. */
async function isOurs(client: Client, rollout: Started): Promise<'running' | 'busy'> {
  try {
    const { memo, status } = await client.workflow
      .getHandle(rolloutWorkflowId(rollout.project, rollout.env))
      .describe();
    const isIts = memo?.rollout === rollout.id && memo.lives === rollout.lives;
    return isIts && status.name === 'RUNNING' ? 'running' : 'busy';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'busy';
    throw error;
  }
}

function grpcCode(error: unknown): number | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at.code;
  return undefined;
}

const unavailable = (cause?: unknown): AppError =>
  new AppError('TEMPORAL_UNAVAILABLE', 'the Temporal server does not answer', {
    next: 'flotilla server status, and the log of the daemon',
    ...(cause === undefined ? {} : { cause }),
  });

const isErrorCode = (type: string): type is ErrorCode => Object.hasOwn(ERRORS, type);

/** What the client throws, in our words. Anything unknown is a bug and goes through as it is. */
function translate(error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError)
    return new AppError('ROLLOUT_OVER', 'the rollout is over', { next: 'flotilla rollout list', cause: error });
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message } = error.cause;
    if (type === 'AcceptedUpdateCompletedWorkflow')
      return new AppError('ROLLOUT_OVER', 'the rollout ended before the message was handled', { cause: error });
    if (typeof type === 'string' && isErrorCode(type)) return new AppError(type, message, { cause: error });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return unavailable(error);
  const code = grpcCode(error);
  if (code === UNAVAILABLE || code === DEADLINE_EXCEEDED || code === ABORTED) return unavailable(error);
  return error;
}
