import type { hcl } from '../../engine/index.ts';
import type { EvaluatedEnv, EvaluatedTarget } from '../types.ts';
import type { ProblemList } from './problem-list.ts';
import { headerOf } from './read-syntax.ts';

/** Named in one message; the others are counted. */
const MOST_NAMES = 5;

/** Refuses two targets with one id, and targets that no group takes. `block`: where to point. */
export function checkTargets(
  env: string,
  envs: readonly EvaluatedEnv[],
  deployment: string | undefined,
  block: hcl.Block,
  problems: ProblemList,
): void {
  const targets = envs.flatMap(({ target }) => target ?? []);
  const at = headerOf(block);
  for (const [id, same] of clashes(targets)) {
    const [first, second] = same.map(({ url }) => url.redacted);
    const summary = `${same.length === 2 ? 'two' : same.length} targets of env "${env}" have the id "${id}"`;
    const detail = `${first} and ${second}; set target = "<id>" in the env, different for each of them`;
    problems.add({ code: 'TARGET_ID_CLASH', summary, detail, at, text: `${summary}: ${detail}` });
  }
  if (deployment === undefined) return;
  const unmatched = targets.filter(({ matches }) => !matches.includes(true)).map(({ id }) => id);
  if (unmatched.length === 0) return;
  const summary = `no group of deployment "${deployment}" takes ${names(unmatched)}`;
  const detail = 'add a group without match: it takes all that are left';
  problems.add({ code: 'TARGET_UNMATCHED', summary, detail, at, text: `${summary}; ${detail}` });
}

function clashes(targets: readonly EvaluatedTarget[]): readonly (readonly [string, readonly EvaluatedTarget[]])[] {
  if (new Set(targets.map(({ id }) => id)).size === targets.length) return [];
  const byId = new Map<string, EvaluatedTarget[]>();
  for (const target of targets) {
    const same = byId.get(target.id);
    if (same === undefined) byId.set(target.id, [target]);
    else same.push(target);
  }
  return [...byId].filter(([, same]) => same.length > 1).slice(0, MOST_NAMES);
}

function names(ids: readonly string[]): string {
  const shown = ids.slice(0, MOST_NAMES).map((id) => `"${id}"`);
  const more = ids.length - shown.length;
  return `${ids.length === 1 ? 'target' : 'targets'} ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
