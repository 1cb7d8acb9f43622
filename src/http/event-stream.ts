import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { App } from '../app/app.ts';
import type { EventView } from '../shared/wire.ts';

const PAGE = 500;
/** Proxies cut connections on which nothing moves for 30 to 60 s. */
const KEEP_ALIVE_MS = 15_000;

/** One message of a stream of Server-Sent Events (WHATWG HTML, section 9.2). */
const messageOf = (event: EventView): string =>
  `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;

/**
 * Writes the events of a rollout as they come, until the signal aborts.
 * @param afterSeq the last event that the client has; what follows is sent, nothing twice
 */
export async function streamEvents(
  app: Pick<App, 'listEvents' | 'waitForEvents'>,
  id: string,
  afterSeq: number,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const write = async (text: string): Promise<void> => {
    // A slow reader holds this stream back, not the daemon's memory.
    if (!response.write(text)) await once(response, 'drain', { signal });
  };
  let seen = afterSeq;
  let wroteMs = performance.now();
  while (!signal.aborted) {
    const events = await app.listEvents(id, { afterSeq: seen, limit: PAGE });
    for (const event of events) await write(messageOf(event));
    seen = events.at(-1)?.seq ?? seen;
    if (events.length > 0) wroteMs = performance.now();
    else if (performance.now() - wroteMs >= KEEP_ALIVE_MS) {
      await write(': still here\n\n');
      wroteMs = performance.now();
    }
    if (events.length < PAGE) await app.waitForEvents(id, signal, seen);
  }
}
