/**
 * What frees a slot when the network swallows an answer. TCP's own keepalive does not: its packets are answered by whatever proxy is in
 * between, and it is not sent at all while data waits for an acknowledgement (RFC 1122 4.2.3.6), so that the kernel alone decides, after
 * minutes to hours. So a silent server is asked over another connection.
 */

/** What another connection says of the statement that is waited for. */
export type StatementState =
  /** It runs, or nobody can tell. */
  | 'running'
  /** The server has nothing of the session to answer any more: the answer, or the question, was lost. */
  | 'over';

export interface SilenceWatch {
  /** Within this long a dead connection is given up, in milliseconds; 0: never. */
  readonly limitMs: number;
  /** Grows with every byte that comes in or goes out: a slow network is not a dead one. */
  readonly bytesMoved: () => number;
  /** Asks over another connection. Rejects where the server is not to be reached. */
  readonly ask: (timeoutMs: number) => Promise<StatementState>;
  /** Gives the connection up; whoever waits for it hears of it. */
  readonly cut: () => void;
}

/**
 * Watches one exchange with a server until `stop`. After half of the limit in silence the server is asked, and the other half is what the answer may take: so
 * the connection is cut within the limit.
 */
export function watchSilence({ limitMs, bytesMoved, ask, cut }: SilenceWatch): { readonly stop: () => void } {
  if (limitMs === 0) return { stop: () => undefined };
  const halfMs = limitMs / 2;
  let isOver = false;
  let seen = bytesMoved();
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    if (bytesMoved() === seen) {
      const state = await ask(halfMs).catch((): StatementState => 'over');
      if (isOver) return;
      if (state === 'over' && bytesMoved() === seen) return cut();
    }
    seen = bytesMoved();
    timer = setTimeout(look, halfMs);
  };
  timer = setTimeout(look, halfMs);
  return {
    stop: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
