import type { NewEvent } from './events.ts';

export interface Gate {
  readonly epoch: number;
  readonly state: 'open' | 'closed';
  /** Grows with each closing by an operator; opening needs the newest one, so that a late `open` cannot undo a pause. */
  readonly pauseSeq: number;
  /** An operator closed it, not the workflow. */
  readonly operator: boolean;
  /** No open ever succeeds again. */
  readonly terminal: boolean;
  readonly reason: string | null;
  readonly by: string | null;
  /** What is in flight is to be cancelled, in whatever process; never of an open gate. */
  readonly cancels: boolean;
}

export interface GateStore {
  gate(rolloutId: string): Promise<Gate | undefined>;
  /**
   * Closes the gate and counts up pauseSeq; the new gate comes back. With `terminal` no open ever succeeds again (abort); with `cancel` what is
   * in flight is to be cancelled, which holds until the gate is opened.
   */
  closeGate(
    rolloutId: string,
    options: {
      readonly reason: string;
      readonly by: string;
      readonly operator: boolean;
      readonly terminal: boolean;
      readonly cancel?: boolean;
    },
    event: NewEvent | null,
    nowMs: number,
  ): Promise<Gate>;
  /** Opens it unless somebody paused since (`knownPauseSeq` is not the newest), or it is terminal, or the epoch is older. */
  openGate(rolloutId: string, options: { readonly epoch: number; readonly knownPauseSeq: number }): Promise<Gate>;
}
