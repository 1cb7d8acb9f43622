import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from '../../app/app.ts';
import { streamEvents } from '../event-stream.ts';
import { pageLimit, problems, rolloutId } from '../schemas/shared.ts';
import { eventCheck, eventPage } from '../schemas/target.ts';

const sequence = z.coerce.number().int().nonnegative();

const listEvents = {
  schema: {
    summary: 'The audit trail of a rollout: a page, or with Accept: text/event-stream a live stream',
    tags: ['events'],
    params: rolloutId,
    querystring: z.object({
      after: sequence.exactOptional().describe('only events after this number'),
      limit: pageLimit(100),
    }),
    headers: z.object({ 'last-event-id': sequence.exactOptional().catch(0) }),
    response: { 200: eventPage, ...problems },
  },
};

const checkEvents = {
  schema: {
    summary: 'Whether the hash chain of the audit trail holds, and if not, which event is the first that does not fit',
    tags: ['events'],
    params: rolloutId,
    response: { 200: eventCheck, ...problems },
  },
};

/** @param closing aborts when the daemon begins to go down: streams end then, they would hold it up */
export const eventRoutes =
  (app: App, closing: AbortSignal): FastifyPluginAsyncZod =>
  async (server) => {
    server.get('/rollouts/:id/events/check', checkEvents, ({ params }) => app.checkEvents(params.id));
    server.get('/rollouts/:id/events', listEvents, async (request, reply) => {
      const { params, query, headers } = request;
      const afterSeq = headers['last-event-id'] ?? query.after ?? 0;
      if (!request.raw.headers.accept?.includes('text/event-stream')) {
        const items = await app.listEvents(params.id, { afterSeq: query.after ?? 0, limit: query.limit });
        return { items: [...items] };
      }
      // An unknown id is a problem document, not a stream.
      const { id } = await app.getRollout(params.id);
      reply.hijack();
      const response = reply.raw;
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no', // nginx would hold messages back
      });
      response.flushHeaders();
      try {
        await streamEvents(app, id, afterSeq, response, AbortSignal.any([gone.signal, closing]));
      } catch (error) {
        if (!gone.signal.aborted && !closing.aborted) request.log.error({ err: error }, 'an event stream broke off');
      } finally {
        response.end();
      }
      return reply;
    });
  };
