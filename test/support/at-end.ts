/** What has to be done when this process ends, whatever ends it but kill -9. */

const ends = new Set<() => void>();
const others: (() => void)[] = [];

/** Ends a process that this one has started. Returns what takes that back: it has ended by itself. */
export function endWithUs(end: () => void): () => void {
  ends.add(end);
  return () => void ends.delete(end);
}

/** Runs after the processes have been ended. */
export const onEnd = (run: () => void): void => void others.push(run);

process.on('exit', () => {
  for (const run of [...ends, ...others]) attempt(run);
});
// The test runner ends its workers by a signal, and a signal alone brings no `exit`.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** The process is about to end: there is nobody left to tell, and the rest has to be tried too. */
function attempt(run: () => void): void {
  try {
    run();
  } catch {
    // A server that has ended meanwhile; a folder that somebody holds.
  }
}
