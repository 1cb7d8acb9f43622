import type { Revision } from './types.ts';

/**
 * The row of a version that is being taken back statement by statement. How far it is stands in `error`, so that the next `down` goes on there, and
 * any Atlas shows it as a file that is not whole. Where each statement of the file has one that takes it back, `applied` goes down with them.
 */
export interface HalfDown {
  /** Statements of the way back that have run. */
  readonly done: number;
  /** How many statements of the file had been applied when it began. */
  readonly of: number;
  /** Rolling hash of all that is to be run: an edited way back is refused. */
  readonly digest: string;
}

const SAYS = 'flotilla: being taken back and not done; "flotilla migrate down" goes on with it. down ';

export function halfDownOf({ error }: Pick<Revision, 'error'>): HalfDown | undefined {
  if (!error.startsWith(SAYS)) return undefined;
  try {
    const value: unknown = JSON.parse(error.slice(SAYS.length));
    if (typeof value !== 'object' || value === null || !('done' in value && 'of' in value && 'digest' in value)) {
      return undefined;
    }
    const { done, of, digest } = value;
    if (typeof done !== 'number' || typeof of !== 'number' || typeof digest !== 'string') return undefined;
    return { done, of, digest };
  } catch {
    return undefined;
  }
}

/**
 * @param isMapped the n-th statement from the end of the file is taken back by the n-th of its way back; otherwise the file counts as not applied at
 * all while it is half done, so that nobody takes it for whole
 */
export function halfDownRow(row: Revision, half: HalfDown, isMapped: boolean): Revision {
  const applied = isMapped ? half.of - half.done : 0;
  return {
    ...row,
    // Not resolved by hand any more, and not whole.
    type: 2,
    applied,
    total: Math.max(row.total, 1),
    partialHashes: row.partialHashes?.slice(0, applied) ?? null,
    error: SAYS + JSON.stringify(half),
    errorStmt: '',
  };
}
