import { Client, Connection } from '@temporalio/client';

/** All that Temporal keeps of all workflows, as text: payloads come as bytes, and are read as UTF-8. */
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

function readable(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has a toJSON of its own, which has run by now: the field itself is asked.
  const raw = typeof this === 'object' && this !== null ? (this as Record<string, unknown>)[key] : value;
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('utf8') : typeof value === 'bigint' ? `${value}` : value;
}
