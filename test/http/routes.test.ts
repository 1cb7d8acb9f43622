import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AppError, ERRORS } from '../../src/shared/errors.ts';
import { event, httpFixture, PLAN, QUARANTINED, ROLLOUT, TARGET } from './fake-app.ts';

const local = { name: 'local', role: 'operator' };
const post = (url: string, payload?: object, headers = {}) => ({
  method: 'POST' as const,
  url,
  headers,
  ...(payload ? { payload } : {}),
});

describe('the HTTP API', () => {
  it('starts a rollout with the idempotency key and the actor of the header', async () => {
    const { server, calls } = await httpFixture();
    const body = { project: 'shop', env: 'prod', directory: { files: { 'atlas.sum': 'h1:' } } };
    const response = await server.inject(
      post('/api/v1/rollouts', body, { 'idempotency-key': 'k', 'x-flotilla-actor': 'ol\u001bga' }),
    );
    expect(response.statusCode).toBe(201);
    expect(response.headers.location).toBe(`/api/v1/rollouts/${ROLLOUT.id}`);
    expect(response.json()).toEqual(ROLLOUT);
    expect(calls).toEqual([['startRollout', body, { idempotencyKey: 'k', actor: { name: 'olga', role: 'operator' } }]]);
  });

  it('takes the trace of the caller along, and one that is not valid for none', async () => {
    const { server, calls } = await httpFixture();
    const body = { project: 'shop', env: 'prod' };
    const [traceId, parentSpanId] = ['a'.repeat(32), 'b'.repeat(16)];
    for (const traceparent of [`00-${traceId}-${parentSpanId}-01`, `00-${traceId}-${'0'.repeat(16)}-01`])
      await server.inject(post('/api/v1/rollouts', body, { traceparent, tracestate: 'ci=7' }));
    const options = calls.map(([, , given]) => given);
    expect(options).toEqual([
      { actor: expect.anything(), trace: { traceId, parentSpanId, sampled: true, state: 'ci=7' } },
      { actor: expect.anything() },
    ]);
  });

  it('answers every read with what the app gave, nothing left out', async () => {
    const { server, calls } = await httpFixture();
    const get = async (url: string) => (await server.inject({ url: `/api/v1${url}` })).json();
    expect(await get('/rollouts/01jd')).toEqual(ROLLOUT);
    expect(await get('/rollouts?state=running,paused&limit=7')).toEqual({ items: [ROLLOUT], nextCursor: 'c2' });
    expect(await get('/rollouts/01jd/targets?state=failed&contains=ac&group=canary')).toEqual({ items: [TARGET] });
    expect(await get('/rollouts/01jd/targets/acme%2F1')).toEqual(TARGET);
    expect(await get('/rollouts/01jd/events?after=4')).toEqual({ items: [event(1), event(2)] });
    const broken = { rollout: 'x', events: 2, head: 'h2', intact: false, firstBroken: 2 };
    expect(await get('/rollouts/01jd/events/check')).toEqual(broken);
    expect(await get('/projects')).toEqual({ items: [{ name: 'shop' }] });
    expect(await get('/version')).toMatchObject({ version: '1.2.3', api: 'v1' });
    expect((await server.inject(post('/api/v1/plans', { project: 'shop', env: 'prod' }))).json()).toEqual(PLAN);
    expect(calls.slice(0, 5)).toEqual([
      ['getRollout', '01jd'],
      ['listRollouts', { states: ['running', 'paused'], limit: 7 }],
      ['listTargets', '01jd', { states: ['failed'], idContains: 'ac', group: 'canary', limit: 100 }],
      ['getTarget', '01jd', 'acme/1'],
      ['listEvents', '01jd', { afterSeq: 4, limit: 100 }],
    ]);
  });

  it('puts targets into quarantine, releases and lists them', async () => {
    const { server, calls } = await httpFixture();
    const target = { project: 'shop', env: 'prod', target: 'acme/1' };
    const post = (url: string, payload: object) => server.inject({ method: 'POST', url: `/api/v1${url}`, payload });
    expect((await post('/quarantine', { ...target, reason: 'poison' })).json()).toEqual(QUARANTINED);
    expect((await post('/quarantine/release', target)).statusCode).toBe(200);
    expect((await post('/quarantine', target)).json()).toMatchObject({ code: 'INPUT_INVALID' });
    const page = await server.inject('/api/v1/quarantine?project=shop&limit=5');
    expect(page.json()).toEqual({ items: [QUARANTINED], nextCursor: 'q2' });
    expect(calls).toEqual([
      ['quarantineTarget', { ...target, reason: 'poison' }, local],
      ['releaseTarget', target, local],
      ['listQuarantine', { project: 'shop', limit: 5 }],
    ]);
  });

  it.each([{}, { reason: '' }, { reason: 'r', approvedBy: '\u001b[2J' }])('refuses the override %j', async (body) => {
    const { server, calls } = await httpFixture();
    const response = await server.inject(post('/api/v1/rollouts/01jd/override-freeze', body));
    expect([response.statusCode, response.json().code, calls]).toEqual([400, 'INPUT_INVALID', []]);
  });

  it('shows who has overridden the freezes', async () => {
    const at = '2026-01-01T00:00:00.000Z';
    const freezeOverride = { reason: 'r', requestedBy: 'olga', requestedAt: at, approvedBy: 'kim', approvedAt: at };
    const view = { ...ROLLOUT, freezeOverride };
    const { server } = await httpFixture({ app: { getRollout: async () => view } });
    expect((await server.inject({ url: '/api/v1/rollouts/01jd' })).json()).toEqual(view);
  });

  it.each([
    ['pause', undefined, ['pauseRollout', '01jd', { actor: local }]],
    ['pause', { now: true }, ['pauseRollout', '01jd', { actor: local, now: true }]],
    ['resume', { reason: 'mended' }, ['resumeRollout', '01jd', { actor: local, reason: 'mended' }]],
    ['promote', {}, ['promoteRollout', '01jd', { actor: local }]],
    ['approve', { group: 'rest' }, ['approveRollout', '01jd', { actor: local, group: 'rest' }]],
    ['abort', { reason: 'r' }, ['abortRollout', '01jd', { actor: local, reason: 'r' }]],
    [
      'override-freeze',
      { reason: 'r', approvedBy: 'Kim Ø' },
      ['overrideFreeze', '01jd', { actor: local, reason: 'r', approvedBy: 'Kim Ø' }],
    ],
    [
      'lift-throttle',
      { throttle: 'queue', reason: 'r' },
      ['liftThrottle', '01jd', { actor: local, throttle: 'queue', reason: 'r' }],
    ],
    ['retry', { targets: ['a'] }, ['retryTargets', '01jd', { actor: local, targets: ['a'] }]],
    ['skip', { targets: ['a'], reason: 'r' }, ['skipTargets', '01jd', { actor: local, targets: ['a'], reason: 'r' }]],
    [
      'set',
      { group: 'rest', parallel: 3, perHost: null },
      ['setLimits', '01jd', { actor: local, group: 'rest', parallel: 3, perHost: null }],
    ],
  ])('passes the verb %s on', async (verb, body, call) => {
    const { server, calls } = await httpFixture();
    const response = await server.inject(post(`/api/v1/rollouts/01jd/${verb}`, body));
    expect([response.statusCode, calls]).toEqual([200, [call]]);
  });

  it('documents itself as OpenAPI 3.1, each route with the form of its answers', async () => {
    const { server } = await httpFixture();
    const document = (await server.inject({ url: '/api/v1/openapi.json' })).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/rollouts',
        '/api/v1/rollouts/{id}/pause',
        '/api/v1/rollouts/{id}/events',
        '/readyz',
      ]),
    );
    for (const methods of Object.values<Record<string, { responses: Record<string, { content?: unknown }> }>>(
      document.paths,
    ))
      for (const { responses } of Object.values(methods))
        expect(Object.values(responses).every(({ content }) => content !== undefined)).toBe(true);
    expect(document.components.schemas.Rollout.required).toContain('groups');
    expect(JSON.stringify(document.paths['/api/v1/rollouts/{id}/pause'].post.requestBody)).toContain('"now"');
  });
});

describe('errors of the HTTP API', () => {
  it('are problem documents with the code and status of the registry', async () => {
    const error = new AppError('ROLLOUT_LIVE', 'rollout "x" runs', { next: 'flotilla rollout watch x' });
    const { server } = await httpFixture({ app: { startRollout: () => Promise.reject(error) } });
    const response = await server.inject(post('/api/v1/rollouts', { project: 'shop', env: 'prod' }));
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect([response.statusCode, response.json()]).toEqual([
      409,
      {
        type: 'urn:flotilla:error:ROLLOUT_LIVE',
        title: ERRORS.ROLLOUT_LIVE.meaning,
        status: 409,
        code: 'ROLLOUT_LIVE',
        detail: 'rollout "x" runs',
        next: 'flotilla rollout watch x',
      },
    ]);
  });

  it.each([
    [{ url: '/api/v1/nothing' }, 404, 'ROUTE_NOT_FOUND'],
    [post('/api/v1/rollouts', { project: 'shop' }), 400, 'INPUT_INVALID'],
    [post('/api/v1/rollouts', { project: 'shop', env: 'prod', dri: 1 }), 400, 'INPUT_INVALID'],
    [post('/api/v1/rollouts/x/skip', { targets: ['a'] }), 400, 'INPUT_INVALID'],
    [{ url: '/api/v1/rollouts?limit=0' }, 400, 'INPUT_INVALID'],
    [{ url: '/api/v1/rollouts?state=asleep' }, 400, 'INPUT_INVALID'],
    [
      { ...post('/api/v1/rollouts', undefined, { 'content-type': 'application/json' }), payload: '{' },
      400,
      'INPUT_INVALID',
    ],
    [{ url: '/api/v1/rollouts', headers: { host: 'evil.example' } }, 401, 'AUTH_REQUIRED'],
  ])('refuses %j with %i', async (request, status, code) => {
    const { server, calls } = await httpFixture();
    const response = await server.inject(request);
    expect([response.statusCode, response.json().code, calls]).toEqual([status, code, []]);
  });

  it('keep the cause of a bug to themselves and to the log', async () => {
    const bug = new Error('secret innards');
    const { server, errors } = await httpFixture({ app: { getRollout: () => Promise.reject(bug) } });
    const response = await server.inject({ url: '/api/v1/rollouts/x' });
    expect([response.statusCode, response.json().code]).toEqual([500, 'INTERNAL']);
    expect(response.body).not.toContain('innards');
    expect(errors).toEqual([bug]);
  });

  it('answer a body of 20 MB with 413, over a real connection', async () => {
    const { server } = await httpFixture();
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    try {
      const response = await fetch(`${address}/api/v1/rollouts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ project: 'x'.repeat(20_000_000) }),
      });
      expect([response.status, await response.json()]).toEqual([
        413,
        expect.objectContaining({ code: 'BODY_TOO_LARGE' }),
      ]);
    } finally {
      await server.close();
    }
  });
});

describe('bearer tokens', () => {
  const token = (name: string, role: 'viewer' | 'operator', secret: string) => ({
    name,
    role,
    sha256: createHash('sha256').update(secret).digest('hex'),
  });
  const tokens = [token('ci', 'operator', 'open-sesame'), token('board', 'viewer', 'look-only')];
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

  it.each([
    ['no token', {}, 401],
    ['a wrong one', bearer('open'), 401],
    ['a viewer', bearer('look-only'), 403],
    ['an operator', bearer('open-sesame'), 200],
  ])('%s may pause: %j %i', async (_who, headers, status) => {
    const { server, calls } = await httpFixture({ tokens });
    const response = await server.inject(
      post('/api/v1/rollouts/x/pause', undefined, { ...headers, 'x-flotilla-actor': 'somebody-else' }),
    );
    expect(response.statusCode).toBe(status);
    expect(calls).toEqual(
      status === 200 ? [['pauseRollout', 'x', { actor: { name: 'ci', role: 'operator', hasToken: true } }]] : [],
    );
  });

  it('let a viewer read, and leave health to everybody', async () => {
    const { server } = await httpFixture({ tokens });
    const status = async (url: string, headers = {}) => (await server.inject({ url, headers })).statusCode;
    expect(await status('/api/v1/rollouts', bearer('look-only'))).toBe(200);
    expect([await status('/healthz'), await status('/readyz'), await status('/metrics')]).toEqual([200, 200, 401]);
  });
});

describe('the event stream', () => {
  it('sends what comes after Last-Event-ID, once, and goes on as events come', async () => {
    const all = [event(1), event(2), event(3)];
    let known = 2;
    const { server } = await httpFixture({
      app: {
        listEvents: async (_id, { afterSeq }) => all.slice(0, known).filter(({ seq }) => seq > afterSeq),
        waitForEvents: async () => {
          await new Promise((resolve) => setTimeout(resolve, 10));
          known = 3;
        },
      },
    });
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    try {
      const stop = new AbortController();
      const response = await fetch(`${address}/api/v1/rollouts/x/events`, {
        headers: { accept: 'text/event-stream', 'last-event-id': '1' },
        signal: stop.signal,
      });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        if (text.includes('"h3"')) break;
      }
      stop.abort();
      expect(text).toBe(
        [2, 3].map((seq) => `id: ${seq}\nevent: RolloutCreated\ndata: ${JSON.stringify(event(seq))}\n\n`).join(''),
      );
    } finally {
      await server.close();
    }
  });
});
