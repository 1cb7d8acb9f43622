import { sleep } from '../rig/flotilla-process.ts';

/** How a caller was answered: the rollout's id, or the code of the refusal with the rollout that it names. */
export interface Answer {
  readonly status: number;
  readonly id?: string;
  readonly code?: string;
  readonly detail?: string;
}

/** Callers give up after so many daemons that did not answer. */
const TRIES = 20;
const AGAIN_MS = 100;

/**
 * Identical `POST /rollouts`, one for each delay, spread over the daemons. A caller whose daemon does not answer asks the next one, as behind a
 * load balancer.
 * @param key the idempotency key of all of them
 * @throws where a caller is never answered
 */
export function callAtOnce(
  addresses: readonly string[],
  options: { readonly delaysMs: readonly number[]; readonly project: string; readonly key?: string },
): Promise<readonly Answer[]> {
  const { delaysMs, project, key } = options;
  const call = async (first: number, afterMs: number): Promise<Answer> => {
    await sleep(afterMs);
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const answer = await post(addresses[(first + attempt) % addresses.length] ?? '', project, key);
      if (answer !== undefined) return answer;
      await sleep(AGAIN_MS);
    }
    throw new Error('no daemon answers a caller');
  };
  return Promise.all(delaysMs.map((afterMs, i) => call(i, afterMs)));
}

/** Undefined where the daemon does not answer. */
async function post(address: string, project: string, key: string | undefined): Promise<Answer | undefined> {
  let status: number;
  let body: { readonly id?: string; readonly code?: string; readonly detail?: string };
  try {
    const response = await fetch(`${address}/api/v1/rollouts`, {
      method: 'POST',
      body: JSON.stringify({ project, env: 'prod' }),
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      signal: AbortSignal.timeout(30_000),
    });
    status = response.status;
    body = (await response.json()) as typeof body;
  } catch {
    return undefined;
  }
  return { ...body, status };
}
