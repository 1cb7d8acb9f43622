import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readServerSentEvents, type ServerSentEvent } from '../../../../src/cli/remote/server-sent-events.ts';

const streamOf = (chunks: readonly string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });

async function all(chunks: readonly string[]): Promise<ServerSentEvent[]> {
  const out: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(streamOf(chunks))) out.push(event);
  return out;
}

const TEXT = ': keep-alive\n\nid: 1\ndata: {"a":1}\n\nid: 2\nevent: x\ndata: one\ndata: two\n\ndata: never ended';

it('reads ids and data, joins lines of one message, passes comments over', async () => {
  expect(await all([TEXT])).toEqual([
    { id: '1', data: '{"a":1}' },
    { id: '2', data: 'one\ntwo' },
  ]);
});

it('gives the same however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: TEXT.length - 1 }), { maxLength: 8 }), async (cuts) => {
      const at = [0, ...[...new Set(cuts)].sort((a, b) => a - b), TEXT.length];
      const chunks = at.slice(1).map((end, i) => TEXT.slice(at[i], end));
      expect(await all(chunks)).toEqual(await all([TEXT]));
    }),
  );
});
