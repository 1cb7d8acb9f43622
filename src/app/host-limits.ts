/** Bounds what this process does at once, in all and on one database host, over all rollouts; the core's lanes bound one rollout over all processes. */
export interface HostLimits {
  /** Runs the work when there is room on the host. @throws the signal's reason while it waits */
  run<T>(host: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

interface HostQueue {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * @param perHost at most so many at once on each host
 * @param inAll at most so many at once on all of them
 */
export function createHostLimits(perHost: number, inAll = Infinity): HostLimits {
  const hosts = createQueues(perHost);
  const all = createQueues(inAll);
  return {
    run: (host, work, signal) => hosts.run(host, () => all.run('', work, signal), signal),
  };
}

function createQueues(limit: number): HostLimits {
  const hosts = new Map<string, HostQueue>();

  const leave = (host: string, queue: HostQueue): void => {
    const next = queue.waiting.shift();
    if (next !== undefined) {
      next(); // the place is handed on
      return;
    }
    queue.running -= 1;
    if (queue.running === 0) hosts.delete(host);
  };

  const enter = async (host: string, signal: AbortSignal | undefined): Promise<HostQueue> => {
    const queue = hosts.get(host) ?? { running: 0, waiting: [] };
    hosts.set(host, queue);
    if (queue.running < limit) {
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

  return {
    async run(host, work, signal) {
      signal?.throwIfAborted();
      const queue = await enter(host, signal);
      try {
        return await work();
      } finally {
        leave(host, queue);
      }
    },
  };
}
