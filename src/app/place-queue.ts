/** Who works on a host, and who waits for a place there, in the order in which they came. */
export class PlaceQueue {
  readonly #limit: () => number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param limit at most so many at once now; when it has grown, call `admit` */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get running(): number {
    return this.#running;
  }

  /** Those at work, and those that would be if they had a place. */
  get wanted(): number {
    return this.#running + this.#waiting.length;
  }

  /** Takes a place; `leave` gives it back. @throws the signal's reason while it waits */
  async enter(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#limit()) {
      this.#running += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      const at = this.#waiting.indexOf(resolve);
      if (at === -1) return; // the place is ours already
      this.#waiting.splice(at, 1);
      reject(signal?.reason);
    };
    this.#waiting.push(resolve);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  leave(): void {
    this.#running -= 1;
    this.admit();
  }

  /** Hands on the places that are free now. */
  admit(): void {
    while (this.#running < this.#limit()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      next();
    }
  }
}
