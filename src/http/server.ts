import { finished } from 'node:stream/promises';
import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { Actor, App } from '../app/app.ts';
import { AppError } from '../shared/errors.ts';
import type { EventSink } from '../shared/events.ts';
import { createAuthenticator, type Token } from './authenticate.ts';
import { toProblem } from './problem.ts';
import { type DaemonFacts, daemonRoutes } from './routes/daemon.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes, type Readiness } from './routes/health.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { rolloutRoutes } from './routes/rollouts.ts';
import { targetRoutes } from './routes/targets.ts';
import { verbRoutes } from './routes/verbs.ts';
import { schemaNames } from './schemas/shared.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any handler of /api/v1 and /metrics runs. */
    actor: Actor;
  }
}

export interface HttpDeps {
  /** Absent in a process without the role api: it answers health and metrics only. */
  readonly app: App | undefined;
  readonly facts: DaemonFacts;
  readonly tokens: readonly Token[];
  readonly readiness: () => Promise<Readiness>;
  /** All metrics in Prometheus' text format. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly events: EventSink;
  /** Bugs end here, with their stack; no secret may be in them. */
  readonly logError: (error: unknown, fields: Readonly<Record<string, string>>) => void;
}

const BODY_BYTES = 1024 * 1024;
/** How much of a body that is too large is read and thrown away, so that the client gets to read our answer. */
const DRAIN_BYTES = 64 * 1024 * 1024;

/** The HTTP interface. Call `listen` on what comes back, or `inject` in tests. */
export async function createHttpServer(deps: HttpDeps): Promise<FastifyInstance> {
  const server = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    // Connections that are busy end their request; idle ones are closed at once.
    forceCloseConnections: 'idle',
    requestTimeout: 120_000,
    routerOptions: { maxParamLength: 1_000 },
  });
  const closing = new AbortController();
  server.addHook('preClose', async () => closing.abort());
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.decorateRequest('actor');
  takeEmptyBodies(server);
  answerProblems(server, deps);
  countRequests(server, deps.events);

  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Flotilla',
        description: 'Brings one database schema change to a fleet of tenant databases.',
        version: deps.facts.version,
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      ...(deps.tokens.length > 0 ? { security: [{ bearer: [] }] } : {}),
    },
    transform: createJsonSchemaTransform({ schemaRegistry: schemaNames }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry: schemaNames }),
  });
  await server.register(healthRoutes(deps.readiness));

  const authenticate = createAuthenticator(deps.tokens);
  await server.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => {
      request.actor = authenticate(request.headers);
    });
    guarded.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
      const { contentType, text } = await deps.metrics();
      return reply.header('content-type', contentType).send(text);
    });
    await guarded.register(apiRoutes(deps, closing.signal), { prefix: '/api/v1' });
  });
  return server;
}

const apiRoutes = (deps: HttpDeps, closing: AbortSignal) => async (api: FastifyInstance) => {
  await api.register(daemonRoutes(deps.facts));
  if (deps.app === undefined) return;
  await api.register(rolloutRoutes(deps.app));
  await api.register(verbRoutes(deps.app));
  await api.register(targetRoutes(deps.app));
  await api.register(quarantineRoutes(deps.app));
  await api.register(eventRoutes(deps.app, closing));
};

/** Bodies of verbs are optional: many clients send the content type all the same. */
function takeEmptyBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body, done);
  });
}

function answerProblems(server: FastifyInstance, deps: HttpDeps): void {
  server.setNotFoundHandler((request) => {
    throw new AppError('ROUTE_NOT_FOUND', `no route ${request.method} "${request.url.split('?')[0]}"`, {
      next: 'see /api/v1/openapi.json',
    });
  });
  server.setErrorHandler(async (error, request, reply) => {
    const { problem, isOurs } = toProblem(error);
    if (isOurs) deps.logError(error, { method: request.method, route: routeOf(request) });
    if (problem.status === 413) await drain(request);
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="flotilla"');
    if (problem.status === 503) reply.header('retry-after', '2');
    // The text is made here: a problem must get out also where a route's own schema of answers has no place for it.
    return reply
      .status(problem.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .serializer((text: string) => text)
      .send(JSON.stringify(problem));
  });
}

/** A client that is still writing gets a reset instead of the answer when the socket is closed under it. */
async function drain(request: FastifyRequest): Promise<void> {
  let bytes = 0;
  request.raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DRAIN_BYTES) request.raw.destroy();
  });
  request.raw.resume();
  await finished(request.raw, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
}

/** The template of the route, never the path: a label or log field per id would grow without end. */
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'unknown';

function countRequests(server: FastifyInstance, events: EventSink): void {
  server.addHook('onResponse', async (request, reply) => {
    events.emit({
      kind: 'HttpServed',
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    });
  });
}
