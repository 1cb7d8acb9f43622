import { sleep } from './flotilla-process.ts';

/** What the rig relies on of `rollout get`, docs/api.md. */
export interface RolloutSeen {
  readonly id: string;
  readonly state: string;
  readonly cause?: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly inFlight: readonly { readonly target: string; readonly statement?: string }[];
}

/** Where a rollout stays until somebody says a word. */
const AT_REST = new Set(['paused', 'awaiting_approval', 'succeeded', 'failed', 'aborted', 'reverted']);

/** The API of a daemon that may be down at any moment. @param address of the daemon */
export function rolloutClient(address: string) {
  const post = async (url: string, body: unknown): Promise<RolloutSeen> => {
    const response = await fetch(`${address}/api/v1${url}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`);
    return JSON.parse(text) as RolloutSeen;
  };
  /** Undefined where the daemon does not answer now. */
  const get = async (id: string): Promise<RolloutSeen | undefined> => {
    try {
      const response = await fetch(`${address}/api/v1/rollouts/${id}`, { signal: AbortSignal.timeout(5_000) });
      return response.ok ? ((await response.json()) as RolloutSeen) : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    get,
    start: async (project: string): Promise<string> => (await post('/rollouts', { project, env: 'prod' })).id,
    tell: (id: string, verb: string): Promise<RolloutSeen> => post(`/rollouts/${id}/${verb}`, { reason: 'rig' }),
    /** As `tell`, to a daemon that may just have come back: asked again until the rollout has left the state. */
    async tellUntilLeft(id: string, verb: string, state: string, waitMs: number): Promise<void> {
      for (const deadline = Date.now() + waitMs; ; await sleep(200)) {
        try {
          await post(`/rollouts/${id}/${verb}`, { reason: 'rig' });
          return;
        } catch (error) {
          const seen = await get(id);
          if (seen !== undefined && seen.state !== state) return;
          if (Date.now() > deadline) throw error;
        }
      }
    },
    async untilState(id: string, state: string, waitMs: number): Promise<void> {
      const deadline = Date.now() + waitMs;
      while ((await get(id))?.state !== state) {
        if (Date.now() > deadline) throw new Error(`rollout ${id} does not get ${state}`);
        await sleep(40);
      }
    },
    /** Until it is over or stays where it is; the last that was seen when time is over. */
    async untilAtRest(id: string, waitMs: number): Promise<RolloutSeen | undefined> {
      const deadline = Date.now() + waitMs;
      let last: RolloutSeen | undefined;
      while (Date.now() < deadline) {
        last = (await get(id)) ?? last;
        if (last !== undefined && AT_REST.has(last.state)) return last;
        await sleep(40);
      }
      return last;
    },
  };
}
