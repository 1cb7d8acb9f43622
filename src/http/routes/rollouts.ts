import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from '../../app/app.ts';
import { parseTraceContext } from '../../shared/trace-context.ts';
import { requireOperator } from '../authenticate.ts';
import { planView } from '../schemas/plan.ts';
import { rolloutPage, rolloutView, startRolloutBody } from '../schemas/rollout.ts';
import { pageLimit, present, problems, rolloutId, rolloutState, stateList } from '../schemas/shared.ts';

/** A migration directory travels in the body: thousands of files fit, an archive sent by mistake does not. */
const DIRECTORY_BYTES = 16 * 1024 * 1024;

const startRollout = {
  bodyLimit: DIRECTORY_BYTES,
  schema: {
    summary: 'Start a rollout',
    tags: ['rollouts'],
    headers: z.object({
      'idempotency-key': z
        .string()
        .min(1)
        .max(200)
        .exactOptional()
        .describe('the same key and arguments give the same rollout, also later'),
      traceparent: z
        .string()
        .exactOptional()
        .describe('W3C Trace Context: the rollout becomes part of this trace; what is not valid is ignored'),
      tracestate: z.string().exactOptional(),
    }),
    body: startRolloutBody,
    response: { 201: rolloutView, ...problems },
  },
};

const planRollout = {
  bodyLimit: DIRECTORY_BYTES,
  schema: {
    summary: 'Show what a rollout would do; writes nothing anywhere',
    tags: ['rollouts'],
    body: startRolloutBody,
    response: { 200: planView, ...problems },
  },
};

const listRollouts = {
  schema: {
    summary: 'List rollouts, newest first',
    tags: ['rollouts'],
    querystring: z.object({
      project: z.string().exactOptional(),
      env: z.string().exactOptional(),
      state: stateList(rolloutState).exactOptional(),
      cursor: z.string().exactOptional(),
      limit: pageLimit(50),
    }),
    response: { 200: rolloutPage, ...problems },
  },
};

const getRollout = {
  schema: {
    summary: 'Show a rollout',
    tags: ['rollouts'],
    params: rolloutId,
    response: { 200: rolloutView, ...problems },
  },
};

/** Rollouts and plans. */
export const rolloutRoutes =
  (app: App): FastifyPluginAsyncZod =>
  async (server) => {
    server.post('/rollouts', startRollout, async (request, reply) => {
      requireOperator(request.actor);
      const key = request.headers['idempotency-key'];
      const trace = parseTraceContext(request.headers.traceparent, request.headers.tracestate);
      const rollout = await app.startRollout(request.body, {
        actor: request.actor,
        ...(key === undefined ? {} : { idempotencyKey: key }),
        ...(trace === undefined ? {} : { trace }),
      });
      return reply.status(201).header('location', `/api/v1/rollouts/${rollout.id}`).send(rollout);
    });
    // A plan connects to the tenants, so a viewer may not make one.
    server.post('/plans', planRollout, (request) => {
      requireOperator(request.actor);
      return app.planRollout(request.body);
    });
    server.get('/rollouts', listRollouts, ({ query: { state, ...query } }) =>
      app.listRollouts(present({ ...query, states: state })),
    );
    server.get('/rollouts/:id', getRollout, ({ params }) => app.getRollout(params.id));
  };
