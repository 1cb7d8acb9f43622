import type { Clock } from '../shared/clock.ts';
import type { HostPlaces, HostPlacesAsked, Store } from '../store/types.ts';
import type { HostLimits } from './host-limits.ts';
import { PlaceQueue } from './place-queue.ts';

/** Places of a process that is not heard of for so long are free again. */
export const PLACES_LEASE_MS = 6_000;
/** From here on it does not use them any more: a target may take a moment from its place to its first statement. */
const MARGIN_MS = 1_000;
/** The lease is renewed so often; one write of the store for all hosts of the process. */
const BEAT_MS = 1_000;
/** Where places are owed to this process or by it, or it wants more than it has said. */
const EAGER_MS = 250;
const TICK_MS = 100;

interface SharedHost {
  readonly queue: PlaceQueue;
  /** The newest answer, and when it was asked for; undefined: nothing is held. */
  held: HostPlaces | undefined;
  askedMs: number;
  /** Most that were wanted at once since then, and what was said of it the last time. */
  peak: number;
  said: number;
  borne: number;
  refused: HostPlacesAsked['refused'];
}

export interface SharedHostLimits extends HostLimits {
  /** Places that this process has, over all hosts. */
  held(): number;
  /** Gives all places back. Nothing may be run after it. */
  close(): Promise<void>;
}

/**
 * The limit of each host holds over all processes of the store: this one takes places in blocks, renews them by heartbeat, and gives them back
 * when it has nothing to do there. A store that does not answer gives no places, so nothing is started.
 * @param holder names the process, and no other
 * @param perHost at most so many at once on each host, over all processes
 */
export function createSharedHostLimits(
  deps: { readonly store: Pick<Store, 'takeHostPlaces'>; readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'> },
  holder: string,
  perHost: number,
): SharedHostLimits {
  const { store, clock } = deps;
  const hosts = new Map<string, SharedHost>();
  let beating: Promise<void> | undefined;
  let isClosed = false;
  let nap = new AbortController();

  /** Not more than is held, nor than is fair; nothing once the lease may be over: this process may have been frozen. */
  const roomOn = ({ held, askedMs }: SharedHost): number => {
    if (held === undefined || clock.monotonicMs() - askedMs >= PLACES_LEASE_MS - MARGIN_MS) return 0;
    return Math.min(held.places, held.share);
  };

  const find = (host: string): SharedHost => {
    const known = hosts.get(host);
    if (known !== undefined) return known;
    const made: SharedHost = {
      queue: new PlaceQueue(() => roomOn(made)),
      held: undefined,
      askedMs: Number.NEGATIVE_INFINITY,
      peak: 0,
      said: 0,
      borne: 0,
      refused: undefined,
    };
    hosts.set(host, made);
    return made;
  };

  const isDue = (at: SharedHost): boolean => {
    const { held } = at;
    if (held === undefined || at.refused !== undefined) return true;
    const isUneven = held.places !== held.share || (at.peak > at.said && held.places < held.limit);
    return clock.monotonicMs() - at.askedMs >= (isUneven ? EAGER_MS : BEAT_MS);
  };

  const toAsk = (host: string, at: SharedHost): HostPlacesAsked => {
    const { running } = at.queue;
    const wanted = Math.max(at.peak, at.queue.wanted);
    const ask = { host, most: perHost, running, wanted, kept: Math.max(running, roomOn(at)), borne: at.borne };
    return at.refused === undefined ? ask : { ...ask, refused: at.refused };
  };

  const beat = async (): Promise<void> => {
    const due = Array.from(hosts).filter(([, at]) => isDue(at));
    if (due.length === 0) return;
    const beganMs = clock.monotonicMs();
    const asked = due.map(([host, at]) => {
      const ask = toAsk(host, at);
      Object.assign(at, { said: ask.wanted, peak: at.queue.wanted });
      // From here on they are not ours: whoever comes meanwhile has others asked for.
      if (ask.wanted === 0) at.held = undefined;
      return ask;
    });
    const answers = await store.takeHostPlaces(holder, PLACES_LEASE_MS, asked);
    for (const [i, [host, at]] of due.entries()) {
      const ask = asked[i];
      if (ask === undefined) continue;
      at.borne -= ask.borne;
      if (at.refused === ask.refused) at.refused = undefined;
      if (ask.wanted > 0) Object.assign(at, { held: answers[i], askedMs: beganMs });
      else if (at.queue.wanted === 0) hosts.delete(host);
      at.queue.admit();
    }
  };

  const keepBeating = async (): Promise<void> => {
    while (hosts.size > 0 && !isClosed) {
      nap = new AbortController();
      // Asked again in a moment: without an answer the lease runs out, and nothing is started.
      await beat().catch(() => clock.sleep(EAGER_MS));
      await clock.sleep(TICK_MS, nap.signal).catch(() => undefined);
    }
    beating = undefined;
  };

  /** Has what is new asked for at once. */
  const nudge = (): void => {
    if (isClosed) return;
    if (beating === undefined) beating = keepBeating();
    else nap.abort();
  };

  return {
    async run(host, work, signal, isRefused) {
      signal?.throwIfAborted();
      const at = find(host);
      const entered = at.queue.enter(signal);
      at.peak = Math.max(at.peak, at.queue.wanted);
      if (at.held === undefined || beating === undefined) nudge();
      await entered;
      const halved = at.held?.halved ?? 0;
      try {
        const result = await work();
        if (isRefused?.(result) === true) {
          at.refused = { halved, running: at.queue.running };
          nudge();
        } else if (isRefused !== undefined) at.borne += 1;
        return result;
      } finally {
        at.queue.leave();
      }
    },
    held: () => Array.from(hosts.values()).reduce((sum, { held }) => sum + (held?.places ?? 0), 0),
    async close() {
      isClosed = true;
      nap.abort();
      await beating;
      const given = Array.from(hosts.keys(), (host) => ({
        host,
        most: perHost,
        running: 0,
        wanted: 0,
        kept: 0,
        borne: 0,
      }));
      hosts.clear();
      if (given.length > 0) await store.takeHostPlaces(holder, PLACES_LEASE_MS, given);
    },
  };
}
