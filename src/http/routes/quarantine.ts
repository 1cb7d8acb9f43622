import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from '../../app/app.ts';
import { requireOperator } from '../authenticate.ts';
import { quarantineBody, quarantinePage, quarantineView, releaseBody } from '../schemas/quarantine.ts';
import { pageLimit, present, problems } from '../schemas/shared.ts';

const tags = ['targets'];

const listQuarantine = {
  schema: {
    summary: 'List the targets that rollouts leave out',
    tags,
    querystring: z.object({
      project: z.string().exactOptional(),
      env: z.string().exactOptional(),
      cursor: z.string().exactOptional(),
      limit: pageLimit(100),
    }),
    response: { 200: quarantinePage, ...problems },
  },
};

const quarantine = {
  schema: {
    summary: 'Leave a target out of later rollouts',
    tags,
    body: quarantineBody,
    response: { 200: quarantineView, ...problems },
  },
};

const release = {
  schema: {
    summary: 'Let a target take part in rollouts again',
    tags,
    body: releaseBody,
    response: { 200: quarantineView, ...problems },
  },
};

export const quarantineRoutes =
  (app: App): FastifyPluginAsyncZod =>
  async (server) => {
    server.get('/quarantine', listQuarantine, ({ query }) => app.listQuarantine(present(query)));
    server.post('/quarantine', quarantine, ({ body, actor }) => {
      requireOperator(actor);
      return app.quarantineTarget(body, actor);
    });
    server.post('/quarantine/release', release, ({ body, actor }) => {
      requireOperator(actor);
      return app.releaseTarget(body, actor);
    });
  };
