/**
 * So many files of integration tests run at once: they wait more than they work. Each worker has database servers of its own, because the oracle
 * looks at all sessions and locks of a server.
 */
export const INTEGRATION_WORKERS = 2;

/** Of several addresses in an environment variable the one of this worker. */
export function ofThisWorker(addresses: string): string {
  const all = addresses.split(' ');
  // vitest counts its workers from 1; in other processes there is none.
  return all[(Number(process.env.VITEST_POOL_ID ?? 1) - 1) % all.length] ?? '';
}
