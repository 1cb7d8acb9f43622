import { Client, Connection } from '@temporalio/client';

/** All that Temporal keeps of all workflows, as text, with what is in the payloads. */
export async function readHistories(port: number, namespace: string): Promise<string> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  try {
    const client = new Client({ connection, namespace });
    const texts: string[] = [];
    for (const { workflowId, runId, memo } of await listRuns(connection, namespace)) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      texts.push(JSON.stringify({ workflowId, memo, history }, readable));
    }
    return texts.join('\n');
  } finally {
    await connection.close();
  }
}

/** All runs, with their memos as Temporal has them: what is encrypted stays so. */
export async function listRuns(connection: Connection, namespace: string) {
  const { executions } = await connection.workflowService.listWorkflowExecutions({ namespace });
  return executions.map(({ execution, memo }) => ({
    workflowId: execution?.workflowId ?? '',
    runId: execution?.runId ?? '',
    memo,
  }));
}

/** A payload's bytes are written in base64. */
const readable = (key: string, value: unknown): unknown =>
  key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value;
