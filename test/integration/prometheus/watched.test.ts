import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusPrograms } from '../../support/prometheus.ts';
import { skipReason } from '../../support/servers.ts';
import { panelQueries } from './dashboards.ts';
import { until, type WatchedFleet, watchedFleet } from './watched-fleet.ts';

const reason = await skipReason(prometheusPrograms);

describe.skipIf(reason !== undefined)('a real Prometheus on a real daemon', () => {
  let watched: WatchedFleet;
  beforeAll(async () => {
    watched = await watchedFleet();
  });
  afterAll(() => watched?.stop());

  const fires = (alertname: string, labels: Readonly<Record<string, string>>): Promise<void> =>
    until(`${alertname} of ${JSON.stringify(labels)}`, async () =>
      (await watched.prometheus.firing()).some((alert) =>
        Object.entries({ alertname, ...labels }).every(([name, value]) => alert[name] === value),
      ),
    );

  it('fires for a failed canary, a spent budget and a paused rollout, and for nothing else', async () => {
    const { canary, budget } = watched.ids;
    await fires('CanaryFailed', { project: 'canary', env: 'prod', rollout: canary, group: 'canary', severity: 'page' });
    await fires('FailureBudgetSpent', { project: 'canary', rollout: canary, group: 'canary' });
    await fires('FailureBudgetSpent', { project: 'budget', rollout: budget, group: 'rest', severity: 'page' });
    for (const project of ['canary', 'budget', 'paused'])
      await fires('RolloutPausedTooLong', { project, env: 'prod', severity: 'ticket' });
    const firing = await watched.prometheus.firing();
    const named = firing.map(({ alertname, project }) => `${alertname} ${project}`).toSorted();
    expect(named).toEqual([
      'CanaryFailed canary',
      'FailureBudgetSpent budget',
      'FailureBudgetSpent canary',
      'RolloutPausedTooLong budget',
      'RolloutPausedTooLong canary',
      'RolloutPausedTooLong paused',
    ]);
  });

  it('tells of an abort, and no more of what it has ended', async () => {
    const { canary } = watched.ids;
    await watched.daemon.tell('abort', canary, '--reason', 'not today');
    await fires('RolloutFailed', { project: 'canary', env: 'prod', outcome: 'aborted' });
    await until('the end of CanaryFailed', async () =>
      (await watched.prometheus.firing()).every(({ alertname }) => alertname !== 'CanaryFailed'),
    );
  });

  it('has an answer to every query of every dashboard', async () => {
    const queries = panelQueries({});
    expect(queries.length).toBeGreaterThan(50);
    // What was counted within one scrape has no rate yet: the same again, now that its series are there, and on connections that are new.
    let retriedMs = 0;
    const retryAtTimes = async (): Promise<void> => {
      if (Date.now() - retriedMs < 5_000) return;
      retriedMs = Date.now();
      await watched.daemon.tell('retry', watched.ids.budget, '--failed');
      await watched.daemon.reach(watched.ids.budget, 'paused');
    };
    // All at once, and each once: what has a window of a moment is over by the time that its turn would come.
    let open = queries.filter(({ mayBeEmpty }) => !mayBeEmpty);
    await until(
      () => open.map(({ dashboard, panel, query }) => `${dashboard}, ${panel}: ${query}`).join('\n'),
      async () => {
        await retryAtTimes();
        const answered = await Promise.all(
          open.map(async ({ query }) =>
            (await watched.prometheus.query(query)).some(({ value }) => value[1] !== 'NaN'),
          ),
        );
        open = open.filter((_, i) => !answered[i]);
        return open.length === 0;
      },
    );
    // No error in the others either; the bake is on, so that panel has data.
    const rest = queries.filter(({ mayBeEmpty }) => mayBeEmpty);
    const answers = await Promise.all(
      rest.map(async (one) => ({ one, found: await watched.prometheus.query(one.query) })),
    );
    const empty = answers.filter(({ found }) => found.length === 0).map(({ one }) => one.panel);
    process.stdout.write(`panels without data in a run without accidents: ${[...new Set(empty)].join('; ')}\n`);
  });

  it('has an answer for one rollout', async () => {
    const { budget } = watched.ids;
    const queries = panelQueries({ project: 'budget', env: 'prod', rollout: budget });
    const mine = queries.filter(
      ({ dashboard, panel }) => /rollout$/.test(dashboard) && /^(Targets|Failure budget)/.test(panel),
    );
    for (const { query, mayBeEmpty } of mine) {
      const found = await watched.prometheus.query(query);
      if (!mayBeEmpty) expect(found, query).not.toEqual([]);
    }
  });

  it('gets a small scrape, with Temporal and all', async () => {
    const { text } = await watched.daemon.ask('/metrics');
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    process.stdout.write(
      `scrape of a daemon with three rollouts: ${series} series, ${Buffer.byteLength(text)} bytes\n`,
    );
    expect(series).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100_000);
  });
});
