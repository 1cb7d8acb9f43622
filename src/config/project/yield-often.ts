import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longer than this the event loop is not held: a daemon has to answer while it evaluates 100,000 targets. */
const LONGEST_MS = 15;

/** To be awaited between steps of long synchronous work; lets others run when it is their turn. */
export function createYielder(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < LONGEST_MS) return undefined;
    return nextTurn().then(() => {
      since = performance.now();
    });
  };
}
