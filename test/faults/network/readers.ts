/** An application that reads a table while it is migrated, and keeps count of how long it had to wait. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Readers {
  /** Ends them, and gives what they saw. Rejects with the first error of a read. */
  stop(): Promise<ReaderFigures>;
}

export interface ReaderFigures {
  readonly reads: number;
  readonly worstMs: number;
}

/**
 * @param connect a connection of one reader: `read` reads the table once
 * @param readers together they read 200 times a second, each again when its last read is over
 */
export async function startReaders(
  connect: () => Promise<{ read(): Promise<unknown>; close(): Promise<void> }>,
  readers = 4,
): Promise<Readers> {
  const everyMs = (1000 / 200) * readers;
  let isOver = false;
  let reads = 0;
  let worstMs = 0;
  const connections = await Promise.all(Array.from({ length: readers }, connect));
  const loops = connections.map(async (connection) => {
    try {
      while (!isOver) {
        const began = performance.now();
        await connection.read();
        const ms = performance.now() - began;
        reads += 1;
        worstMs = Math.max(worstMs, ms);
        await sleep(Math.max(0, everyMs - ms));
      }
    } finally {
      await connection.close();
    }
  });
  const all = Promise.all(loops);
  all.catch(() => undefined);
  return {
    async stop() {
      isOver = true;
      await all;
      return { reads, worstMs };
    },
  };
}
