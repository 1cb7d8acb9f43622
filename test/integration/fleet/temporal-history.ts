import { Client, Connection } from '@temporalio/client';

/** All that Temporal keeps of all workflows, as text, with what is in the payloads. */
export async function readHistories(port: number, namespace: string): Promise<string> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  try {
    const client = new Client({ connection, namespace });
    const texts: string[] = [];
    for await (const { workflowId, runId, memo } of client.workflow.list()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      texts.push(JSON.stringify({ workflowId, memo, history }, readable));
    }
    return texts.join('\n');
  } finally {
    await connection.close();
  }
}

/** A payload's bytes are written in base64. */
const readable = (key: string, value: unknown): unknown =>
  key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value;
