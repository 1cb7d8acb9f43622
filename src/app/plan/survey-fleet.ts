import type { ExecOrder, MigrationTarget, SurveyOutcome } from '../../engine/index.ts';
import { modesOf } from '../apply-target.ts';
import type { AppDeps } from '../deps.ts';
import type { FleetTarget } from '../evaluate-project.ts';
import { createHostLimits } from '../host-limits.ts';

/** Targets in one question to a server that can answer for many; elsewhere each is a connection, and a call takes a few of them. */
const TOGETHER = 500;
const APART = 10;

/** Where some targets of one server stand. */
type Ask = (targets: readonly MigrationTarget[], execOrder: ExecOrder) => Promise<readonly SurveyOutcome[]>;

/**
 * Where every target stands, in the order of the targets. Reads only. Hosts are asked side by side, each by no more than `maxPerHost` at a time;
 * a call that fails refuses its targets, not the plan.
 */
export async function surveyFleet(
  deps: Pick<AppDeps, 'engine' | 'settings'>,
  fleet: readonly FleetTarget[],
  ask: Ask,
): Promise<readonly SurveyOutcome[]> {
  const outcomes: (SurveyOutcome | undefined)[] = fleet.map(() => undefined);
  const hosts = createHostLimits(deps.settings.maxPerHost);
  const calls = chunksByHost(deps, fleet).map((indexes) => {
    const host = fleet[indexes[0] ?? 0]?.target.url.host ?? '';
    return hosts.run(host, async () => {
      const found = await surveyChunk(
        indexes.flatMap((i) => fleet[i] ?? []),
        ask,
      );
      for (const [k, i] of indexes.entries()) outcomes[i] = found[k];
    });
  });
  await Promise.all(calls);
  return outcomes.map((outcome) => outcome ?? refused('the survey gave no answer'));
}

function chunksByHost(deps: Pick<AppDeps, 'engine'>, fleet: readonly FleetTarget[]): readonly (readonly number[])[] {
  const hosts = new Map<string, number[]>();
  for (const [i, { target, migration }] of fleet.entries()) {
    const { url } = target;
    const key = JSON.stringify([url.dialect, url.host, migration?.execOrder ?? '']);
    const indexes = hosts.get(key) ?? [];
    indexes.push(i);
    hosts.set(key, indexes);
  }
  return Array.from(hosts.values()).flatMap((indexes) => {
    const first = fleet[indexes[0] ?? 0];
    const size = first !== undefined && deps.engine.surveysTogether(first.target.url) ? TOGETHER : APART;
    return Array.from({ length: Math.ceil(indexes.length / size) }, (_, n) => indexes.slice(n * size, (n + 1) * size));
  });
}

async function surveyChunk(chunk: readonly FleetTarget[], ask: Ask): Promise<readonly SurveyOutcome[]> {
  const targets = chunk.map(({ target }) => ({
    id: target.id,
    url: target.url,
    revisionsSchema: target.revisionsSchema,
  }));
  const { execOrder } = modesOf(chunk[0]?.migration);
  try {
    return await ask(targets, execOrder);
  } catch (error) {
    const outcome = refused(error instanceof Error ? error.message : 'thrown value');
    return chunk.map(() => outcome);
  }
}

const refused = (message: string): SurveyOutcome => ({
  kind: 'refused',
  error: { class: 'unknown', code: 'INTERNAL', message, fingerprint: 'INTERNAL' },
});
