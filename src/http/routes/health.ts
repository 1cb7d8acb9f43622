import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** `ok`, or why a part is not. */
export type Readiness = Readonly<Record<string, string>>;

const parts = z.object({ status: z.enum(['ready', 'not ready']), parts: z.record(z.string(), z.string()) });

/** For load balancers and supervisors; open to everybody, so they say nothing of projects or hosts. */
export const healthRoutes =
  (readiness: () => Promise<Readiness>): FastifyPluginAsyncZod =>
  async (server) => {
    server.get(
      '/healthz',
      {
        schema: {
          summary: 'The process answers',
          tags: ['daemon'],
          response: { 200: z.object({ status: z.literal('ok') }) },
        },
      },
      async () => ({ status: 'ok' as const }),
    );
    server.get(
      '/readyz',
      {
        schema: {
          summary: 'Store, Temporal and workers are up',
          tags: ['daemon'],
          response: { 200: parts, 503: parts },
        },
      },
      async (_request, reply) => {
        const found = await readiness();
        const isReady = Object.values(found).every((state) => state === 'ok');
        return reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', parts: found });
      },
    );
  };
