/**
 * Places at which the fault rig ends the process (test/faults): between two steps of which a crash must not separate the meaning. In production
 * nobody listens. Named by what has just been done.
 */
export const FAULT_POINTS = [
  /** Of a statement that commits by itself: its intent is in the row, it has not been sent. */
  'intent-written',
  /** It has landed, its row does not say so yet. */
  'statement-landed',
  /** The row says that it landed. */
  'progress-written',
  /** Of statements in a transaction: they have run, nothing is committed. */
  'transaction-open',
  /** The transaction is committed, nobody has been told. */
  'transaction-committed',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Called as a place is reached; does not return where the process is to end there. */
export type ReachFaultPoint = (point: FaultPoint) => void;

export const NO_FAULTS: ReachFaultPoint = () => undefined;
