import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { type Daemon, startDaemon } from '../fleet/daemon.ts';
import { type Fleet, type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const reason = await skipReason(postgresServer);
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0).reverse()) await close();
});

/** A fleet, a collector, and a daemon that sends its traces there at once. */
async function traced(
  kind: FleetKind,
  options: { readonly rest: number; readonly slowS?: number; readonly env?: Readonly<Record<string, string>> },
): Promise<{ readonly fleet: Fleet; readonly daemon: Daemon; readonly receiver: OtlpReceiver }> {
  const slow = options.slowS === undefined ? {} : { slowS: options.slowS };
  const fleet = await makeFleet(kind, { tiers: { canary: 1, rest: options.rest }, groups: canaryThenRest(3), ...slow });
  closers.push(() => fleet.stop());
  const receiver = await startOtlpReceiver();
  closers.push(() => receiver.stop());
  const daemon = await startDaemon(
    { shop: fleet },
    { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '50', ...options.env },
  );
  closers.push(() => daemon.stop());
  return { fleet, daemon, receiver };
}

const named = (spans: readonly ReceivedSpan[], name: string): readonly ReceivedSpan[] =>
  spans.filter((span) => span.name === name);
const statements = (spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] =>
  spans.filter(({ attributes }) => 'db.query.summary' in attributes);
const ids = (spans: readonly ReceivedSpan[]): ReadonlySet<string> => new Set(spans.map(({ spanId }) => spanId));

describe('traces of a rollout', () => {
  it.skipIf(reason !== undefined)(
    'lead from the call of the CI to the comment that the server sees, also over a daemon that was killed',
    async () => {
      const [traceId, caller] = [hex(16), hex(8)];
      vi.stubEnv('TRACEPARENT', `00-${traceId}-${caller}-01`);
      vi.stubEnv('TRACESTATE', 'ci=run7');
      const { fleet, daemon, receiver } = await traced('databases', {
        rest: 12,
        slowS: 0.5,
        env: { OTEL_TRACES_SAMPLER: 'always_on' },
      });
      const before = await takeCensus(fleet);
      const seen = await watchComments();
      const id = await daemon.start('shop');
      await daemon.until(
        id,
        'in the middle',
        ({ counts, inFlight }) => (counts.applied ?? 0) >= 3 && inFlight.length > 0,
      );
      await daemon.kill();
      const killedMs = Date.now();
      await daemon.serve();
      const done = await daemon.reach(id, 'succeeded');
      expect(done).toMatchObject({ traceId });
      expect(await daemon.end()).toBe(0);
      const comments = await seen();

      // One trace; each span has its parent in it, up to the caller.
      const { spans } = receiver;
      expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
      expect(new Set(spans.map((span) => span.traceState))).toEqual(new Set(['ci=run7']));
      const [rollout] = named(spans, 'rollout');
      expect(named(spans, 'rollout')).toHaveLength(1);
      expect(rollout).toMatchObject({
        parentSpanId: caller,
        error: '',
        attributes: { 'flotilla.rollout.id': id, 'flotilla.outcome': 'succeeded' },
        resource: { 'service.name': 'flotilla' },
      });
      const groups = named(spans, 'group');
      expect(groups.map(({ attributes }) => attributes['flotilla.group'])).toEqual(['canary', 'rest']);
      expect(new Set(groups.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([rollout?.spanId]));
      const slices = named(spans, 'slice');
      expect(slices.filter(({ parentSpanId }) => !ids(groups).has(parentSpanId))).toEqual([]);
      const targets = named(spans, 'target');
      // A slice that ended right before the kill may be lost on its way; its targets were sent before it.
      const orphans = targets.filter(({ parentSpanId }) => !ids(slices).has(parentSpanId));
      expect(orphans.filter(({ endMs }) => endMs >= killedMs)).toEqual([]);
      expect(orphans.length).toBeLessThan(4);
      expect(statements(spans).filter(({ parentSpanId }) => !ids(targets).has(parentSpanId))).toEqual([]);
      expect(new Set(targets.map(({ attributes }) => attributes['flotilla.target'])).size).toBeGreaterThan(6);
      expect(ids(spans).size).toBe(spans.length);
      for (const { startMs, endMs } of groups) {
        expect(startMs).toBeGreaterThanOrEqual(rollout?.startMs ?? 0);
        expect(endMs).toBeLessThanOrEqual(rollout?.endMs ?? 0);
        expect(endMs).toBeGreaterThan(startMs);
      }
      const slowest = statements(spans).toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))[0];
      expect((slowest?.endMs ?? 0) - (slowest?.startMs ?? 0)).toBeGreaterThan(450);
      expect(slowest?.attributes).toMatchObject({
        'db.system.name': 'postgresql',
        'db.namespace': expect.stringMatching(/^f\w+_t\d+$/),
        'server.address': '127.0.0.1',
      });

      // What the server saw names the span of that very statement; the database is as if nobody had said anything.
      const matching = comments.filter((spanId) => ids(statements(spans)).has(spanId));
      expect(matching.length).toBeGreaterThan(0);
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
      // The log names them, and no secret has left.
      expect(daemon.log()).toContain(`"trace_id":"${traceId}","span_id":"${rollout?.spanId}"`);
      expect(JSON.stringify(spans)).not.toContain(fleet.password);

      /** Ids of spans in the comments that the server shows of sessions, until it is asked for. */
      async function watchComments(): Promise<() => Promise<readonly string[]>> {
        const client = new pg.Client({ connectionString: (await postgresServer()).url });
        await client.connect();
        const found = new Set<string>();
        let isOver = false;
        const look = async (): Promise<void> => {
          while (!isOver) {
            const { rows } = await client.query<{ query: string }>(
              `SELECT query FROM pg_stat_activity WHERE query LIKE '%traceparent=''00-${traceId}-%' AND pid <> pg_backend_pid()`,
            );
            for (const { query } of rows)
              for (const [, spanId = ''] of query.matchAll(/ \/\*traceparent='00-[0-9a-f]{32}-([0-9a-f]{16})-01'\*\//g))
                found.add(spanId);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        };
        const looking = look();
        return async () => {
          isOver = true;
          await looking;
          await client.end();
          return [...found];
        };
      }
    },
  );

  it('at a share of 0 hold the canaries and whatever fails', async () => {
    const { fleet, daemon, receiver } = await traced('sqlite', {
      rest: 14,
      env: {
        OTEL_TRACES_SAMPLER_ARG: '0',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_SERVICE_NAME: 'fleet',
        NODE_OPTIONS: NAME_LOADED,
      },
    });
    const [sick] = fleet.of('rest');
    if (sick === undefined) throw new Error('no tenant');
    await fleet.backend.run(sick, ['ALTER TABLE accounts RENAME TO accounts_away']);
    const { body, status } = await daemon.ask<{ readonly id: string; readonly traceId: string }>('/api/v1/rollouts', {
      body: { project: 'shop', env: 'prod' },
    });
    expect(status).toBe(201);
    await daemon.until(body.id, 'over', ({ state }) => state === 'failed');
    await daemon.end();

    expect(loaded(daemon)).not.toEqual([]);
    const { spans } = receiver;
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([body.traceId]));
    expect(new Set(spans.map(({ resource }) => resource['service.name']))).toEqual(new Set(['fleet']));
    const [rollout] = named(spans, 'rollout');
    expect(rollout).toMatchObject({ parentSpanId: '', error: expect.stringMatching(/accounts/) });
    const canary = fleet.of('canary')[0]?.name;
    const targets = named(spans, 'target');
    expect(targets.map(({ attributes }) => attributes['flotilla.target'])).toEqual([canary, sick.name]);
    expect(targets.map(({ error }) => error)).toEqual(['', expect.stringMatching(/no such table/)]);
    expect(targets[1]?.attributes).toMatchObject({
      'flotilla.outcome': 'failed',
      'flotilla.error.class': 'permanent',
      'db.system.name': 'sqlite',
    });
    const failed = statements(spans).filter(({ parentSpanId }) => parentSpanId === targets[1]?.spanId);
    expect(failed.filter(({ error }) => error !== '').map(({ attributes }) => attributes['db.query.summary'])).toEqual([
      expect.stringMatching(/^(UPDATE|INSERT|ALTER TABLE|CREATE INDEX)$/),
    ]);
    expect(JSON.stringify(spans)).not.toMatch(/INSERT INTO|UPDATE accounts/);
  });

  it('are off by a switch: nothing is sent, no module of the SDK is loaded, and the caller is named in the log', async () => {
    const [traceId, caller] = [hex(16), hex(8)];
    vi.stubEnv('TRACEPARENT', `00-${traceId}-${caller}-01`);
    const { daemon, receiver } = await traced('sqlite', {
      rest: 3,
      env: { NODE_OPTIONS: NAME_LOADED, OTEL_SDK_DISABLED: 'true' },
    });
    const id = await daemon.start('shop');
    expect(await daemon.reach(id, 'succeeded')).toMatchObject({ traceId });
    await daemon.end();
    expect(receiver.spans).toEqual([]);
    expect(daemon.log()).toContain(`"trace_id":"${traceId}"`);
    expect(loaded(daemon)).toEqual([]);
  });

  it('are off without an endpoint, and the rollout has no trace', async () => {
    const env = { NODE_OPTIONS: NAME_LOADED, OTEL_EXPORTER_OTLP_ENDPOINT: '' };
    const { daemon } = await traced('sqlite', { rest: 3, env });
    const id = await daemon.start('shop');
    expect(await daemon.reach(id, 'succeeded')).not.toHaveProperty('traceId');
    expect(daemon.log()).not.toContain('trace_id');
    expect(loaded(daemon)).toEqual([]);
  });
});

/** Says on stderr what is loaded of the SDK. The API of OpenTelemetry, which others load too, does nothing by itself. */
const NAME_LOADED = `--import=data:text/javascript,${encodeURIComponent(`import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  if (/@opentelemetry[/](?!api[/])/.test(url)) process.stderr.write('loaded ' + url + String.fromCharCode(10));
  return next(url, context);
} });`)}`;

const loaded = (daemon: Daemon): readonly string[] =>
  daemon
    .log()
    .split('\n')
    .filter((line) => line.startsWith('loaded '));
