import { Client, type Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { AppError } from '../shared/errors.ts';
import { rolloutWorkflowId } from '../shared/workflow-names.ts';

/** All rollouts that are live at once are written under one of few keys. */
const SAMPLE = 10;

/**
 * Reads what Temporal has of the rollouts that are live: a process without their key could only fail their tasks, again and again.
 * @throws AppError TEMPORAL_CODEC_KEY_WRONG
 */
export async function checkCodecKeys(
  { connection, namespace, dataConverter }: CodecCheck,
  rollouts: readonly { readonly project: string; readonly env: string }[],
): Promise<void> {
  const client = new Client({ connection, namespace, dataConverter });
  for (const { project, env } of rollouts.slice(0, SAMPLE)) {
    try {
      const described = await client.workflow.getHandle(rolloutWorkflowId(project, env)).describe();
      await described.staticSummary();
    } catch (error) {
      const key = findKeyError(error);
      if (key !== undefined) throw key;
      // Not begun yet, or Temporal does not answer: nothing is known, and other parts say so.
      if (!(error instanceof WorkflowNotFoundError)) return;
    }
  }
}

interface CodecCheck {
  readonly connection: Connection;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
}

function findKeyError(error: unknown): AppError | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at instanceof AppError && at.code === 'TEMPORAL_CODEC_KEY_WRONG') return at;
  return undefined;
}
