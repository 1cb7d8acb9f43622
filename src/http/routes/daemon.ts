import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problems, schemaNames } from '../schemas/shared.ts';

export interface DaemonFacts {
  readonly version: string;
  /** Names of the projects that the daemon serves. */
  projects(): readonly string[];
}

const version = z.object({ version: z.string(), api: z.literal('v1'), node: z.string() });
const projects = z.object({ items: z.array(z.object({ name: z.string() })) });
schemaNames.add(version, { id: 'Version' });
schemaNames.add(projects, { id: 'ProjectPage' });

/** What the daemon says of itself. */
export const daemonRoutes =
  (facts: DaemonFacts): FastifyPluginAsyncZod =>
  async (server) => {
    server.get(
      '/version',
      { schema: { summary: 'Version of the daemon', tags: ['daemon'], response: { 200: version, ...problems } } },
      async () => ({ version: facts.version, api: 'v1' as const, node: process.versions.node }),
    );
    server.get(
      '/projects',
      {
        schema: {
          summary: 'Projects that the daemon serves',
          tags: ['daemon'],
          response: { 200: projects, ...problems },
        },
      },
      async () => ({ items: facts.projects().map((name) => ({ name })) }),
    );
    server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  };
