import type { Log } from '../../observability/log.ts';

/** What must be ended at the end, the newest first. */
export interface Closers {
  add(close: () => Promise<void> | void): void;
  /** Ends all of it, whatever goes wrong with a part; a second call does nothing. Never rejects. */
  closeAll(): Promise<void>;
}

export function createClosers(log: Log): Closers {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    add: (close) => void closers.push(close),
    async closeAll() {
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          log('error', 'a part did not stop cleanly', { err: error });
        }
      }
    },
  };
}
