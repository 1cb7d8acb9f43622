import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from '../../app/app.ts';
import { pageLimit, present, problems, rolloutId, stateList, targetState } from '../schemas/shared.ts';
import { targetPage, targetView } from '../schemas/target.ts';

const listTargets = {
  schema: {
    summary: 'List the targets of a rollout',
    tags: ['targets'],
    params: rolloutId,
    querystring: z.object({
      state: stateList(targetState).exactOptional(),
      group: z.string().exactOptional(),
      host: z.string().exactOptional(),
      contains: z.string().exactOptional().describe('a part of the id'),
      cursor: z.string().exactOptional(),
      limit: pageLimit(100),
    }),
    response: { 200: targetPage, ...problems },
  },
};

const getTarget = {
  schema: {
    summary: 'Show a target of a rollout',
    tags: ['targets'],
    params: rolloutId.extend({ target: z.string().min(1) }),
    response: { 200: targetView, ...problems },
  },
};

export const targetRoutes =
  (app: App): FastifyPluginAsyncZod =>
  async (server) => {
    server.get('/rollouts/:id/targets', listTargets, ({ params, query: { state, contains, ...query } }) =>
      app.listTargets(params.id, present({ ...query, states: state, idContains: contains })),
    );
    server.get('/rollouts/:id/targets/:target', getTarget, ({ params }) => app.getTarget(params.id, params.target));
  };
