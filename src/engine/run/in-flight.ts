import type { Clock } from '../../shared/clock.ts';
import type { Engine } from './types.ts';

/** The statements that targets' servers are working on now. */
export interface InFlight {
  /** One at a time for a session; gives what ends it. */
  begin(target: { readonly targetId: string; readonly sessionName: string }, statement: string): () => void;
  list(): ReturnType<Engine['inFlight']>;
}

export function createInFlight(clock: Clock): InFlight {
  const running = new Set<{
    readonly targetId: string;
    readonly sessionName: string;
    readonly statement: string;
    readonly beganMs: number;
  }>();
  return {
    begin({ targetId, sessionName }, statement) {
      const entry = { targetId, sessionName, statement, beganMs: clock.monotonicMs() };
      running.add(entry);
      return () => running.delete(entry);
    },
    list: () => [...running].map(({ beganMs, ...rest }) => ({ ...rest, sinceMs: clock.monotonicMs() - beganMs })),
  };
}
