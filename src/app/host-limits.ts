/** Bounds what this process does at once, in all and on one database host, over all rollouts; the core's lanes bound one rollout over all processes. */
export interface HostLimits {
  /**
   * Runs the work when there is room on the host. @throws the signal's reason while it waits
   * @param isRefused whether the host has said with this result that it has no room: it then gets half as much at once, and slowly more again
   */
  run<T>(host: string, work: () => Promise<T>, signal?: AbortSignal, isRefused?: (result: T) => boolean): Promise<T>;
}

interface HostQueue {
  running: number;
  /** At most so many at once now. */
  limit: number;
  /** How often it was halved: whoever began before has nothing new to say. */
  halved: number;
  /** Works that were not refused since the limit has changed. */
  quiet: number;
  readonly waiting: (() => void)[];
}

/** So many times its limit must a host have borne before it gets one more. */
const QUIET_ROUNDS = 4;

/**
 * @param perHost at most so many at once on each host
 * @param inAll at most so many at once on all of them
 */
export function createHostLimits(perHost: number, inAll = Infinity): HostLimits {
  const hosts = createQueues(perHost);
  const all = createQueues(inAll);
  return {
    run: (host, work, signal, isRefused) => hosts.run(host, () => all.run('', work, signal), signal, isRefused),
  };
}

function createQueues(most: number): HostLimits {
  const hosts = new Map<string, HostQueue>();

  const leave = (host: string, queue: HostQueue): void => {
    queue.running -= 1;
    while (queue.running < queue.limit) {
      const next = queue.waiting.shift();
      if (next === undefined) break;
      queue.running += 1;
      next(); // the place is handed on
    }
    if (queue.running === 0 && queue.limit === most) hosts.delete(host);
  };

  const enter = async (host: string, signal: AbortSignal | undefined): Promise<HostQueue> => {
    const queue = hosts.get(host) ?? { running: 0, limit: most, halved: 0, quiet: 0, waiting: [] };
    hosts.set(host, queue);
    if (queue.running < queue.limit) {
      queue.running += 1;
      return queue;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      const at = queue.waiting.indexOf(resolve);
      if (at === -1) return; // the place is ours already
      queue.waiting.splice(at, 1);
      reject(signal?.reason);
    };
    queue.waiting.push(resolve);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
      return queue;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  };

  /** Half as much at once where the host has refused, one more where it has borne what it gets for long (AIMD, fleet.md R4). */
  const learn = (queue: HostQueue, halvedBefore: number, isRefused: boolean): void => {
    if (isRefused) {
      if (queue.halved !== halvedBefore) return;
      queue.limit = Math.max(1, Math.floor(Math.min(queue.limit, queue.running) / 2));
      queue.halved += 1;
      queue.quiet = 0;
    } else if (queue.limit < most && ++queue.quiet >= QUIET_ROUNDS * queue.limit) {
      queue.limit += 1;
      queue.quiet = 0;
    }
  };

  return {
    async run(host, work, signal, isRefused) {
      signal?.throwIfAborted();
      const queue = await enter(host, signal);
      const { halved } = queue;
      try {
        const result = await work();
        learn(queue, halved, isRefused?.(result) ?? false);
        return result;
      } finally {
        leave(host, queue);
      }
    },
  };
}
