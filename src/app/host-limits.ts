import { PlaceQueue } from './place-queue.ts';

/** Bounds what is done at once, in all by this process and on one database host, over all rollouts; the core's lanes bound one rollout. */
export interface HostLimits {
  /**
   * Runs the work when there is room on the host. @throws the signal's reason while it waits
   * @param isRefused whether the host has said with this result that it has no room: it then gets half as much at once, and slowly more again
   */
  run<T>(host: string, work: () => Promise<T>, signal?: AbortSignal, isRefused?: (result: T) => boolean): Promise<T>;
}

interface HostQueue {
  readonly queue: PlaceQueue;
  /** At most so many at once now. */
  limit: number;
  /** How often it was halved: whoever began before has nothing new to say. */
  halved: number;
  /** Works that were not refused since the limit has changed. */
  quiet: number;
}

/** So many times its limit must a host have borne before it gets one more (AIMD, fleet.md R4). */
const QUIET_ROUNDS = 4;

/**
 * For a process that is alone: on a store in a file.
 * @param perHost at most so many at once on each host
 * @param inAll at most so many at once on all of them
 */
export function createHostLimits(perHost: number, inAll = Infinity): HostLimits {
  return boundInAll(createQueues(perHost), inAll);
}

/** Bounds besides what is done at once on all hosts. */
export function boundInAll(hosts: HostLimits, inAll: number): HostLimits {
  const all = createQueues(inAll);
  return {
    run: (host, work, signal, isRefused) => hosts.run(host, () => all.run('', work, signal), signal, isRefused),
  };
}

function createQueues(most: number): HostLimits {
  const hosts = new Map<string, HostQueue>();

  const find = (host: string): HostQueue => {
    const known = hosts.get(host);
    if (known !== undefined) return known;
    const made: HostQueue = { queue: new PlaceQueue(() => made.limit), limit: most, halved: 0, quiet: 0 };
    hosts.set(host, made);
    return made;
  };

  /** Half as much at once where the host has refused, one more where it has borne what it gets for long. */
  const learn = (at: HostQueue, halvedBefore: number, isRefused: boolean): void => {
    if (isRefused) {
      if (at.halved !== halvedBefore) return;
      at.limit = Math.max(1, Math.floor(Math.min(at.limit, at.queue.running) / 2));
      at.halved += 1;
      at.quiet = 0;
    } else if (at.limit < most && ++at.quiet >= QUIET_ROUNDS * at.limit) {
      at.limit += 1;
      at.quiet = 0;
    }
  };

  return {
    async run(host, work, signal, isRefused) {
      signal?.throwIfAborted();
      const at = find(host);
      await at.queue.enter(signal);
      const { halved } = at;
      try {
        const result = await work();
        learn(at, halved, isRefused?.(result) ?? false);
        return result;
      } finally {
        at.queue.leave();
        if (at.queue.wanted === 0 && at.limit === most) hosts.delete(host);
      }
    },
  };
}
