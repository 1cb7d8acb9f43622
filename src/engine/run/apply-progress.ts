import type { AppliedFile, LeftBehind } from './types.ts';

/** What one call has done so far, over all its attempts. */
export interface Progress {
  /** Where the target stood; undefined: not read yet. */
  from: string | undefined;
  /** Where it stands: the last version that is complete. */
  current: string | null;
  /** Brought to their end, also those of a transaction that is still open. */
  readonly files: AppliedFile[];
  /** How many of `files` are there to stay. */
  committed: number;
  attempts: number;
  /** Something of the target has been run to stay: from then on the gate is not asked, the target is brought to its end. */
  hasLanded: boolean;
  /** An earlier try of the same operation has run something here. */
  isBegun: boolean;
  /** Begun, with its hooks, and neither committed nor rolled back. */
  isInTransaction: boolean;
  isPreDone: boolean;
}

export const newProgress = (): Progress => ({
  from: undefined,
  current: null,
  files: [],
  committed: 0,
  attempts: 0,
  hasLanded: false,
  isBegun: false,
  isInTransaction: false,
  isPreDone: false,
});

export const leftBehind = ({ from, current, hasLanded, isBegun }: Progress): { readonly left?: LeftBehind } =>
  from !== undefined && (hasLanded || isBegun) ? { left: { from, current: current ?? '' } } : {};
