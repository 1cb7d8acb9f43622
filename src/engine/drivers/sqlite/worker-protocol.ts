/** What goes between the main thread and a worker that holds one SQLite connection. Plain data only. */

export type SqlValue = string | number | bigint | null | Uint8Array;

/** One thing to run, in order; what comes after a failing one is not run. */
export type Step =
  /** Any text, also several statements; rows are dropped. */
  | { readonly kind: 'exec'; readonly sql: string }
  | { readonly kind: 'write'; readonly sql: string; readonly args: readonly SqlValue[] }
  | { readonly kind: 'read'; readonly sql: string; readonly args: readonly SqlValue[] };

export interface ReadResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
}

export type Request =
  | {
      readonly kind: 'open';
      readonly uri: string;
      readonly foreignKeys: boolean;
      readonly busyTimeoutMs: number;
      readonly pragmas: readonly string[];
    }
  /** `tellsBegun`: a Begun goes before the Reply, when the first step is about to run. */
  | { readonly kind: 'run'; readonly steps: readonly Step[]; readonly tellsBegun?: boolean }
  /** Rolls back what is open, and closes the file. */
  | { readonly kind: 'close' };

export interface Failure {
  /** SQLite's extended result code, where the error is SQLite's. */
  readonly resultCode: number | undefined;
  readonly message: string;
  /** Index of the step that failed; -1 outside of steps. */
  readonly step: number;
}

export const BEGUN = 'begun';

/** `results`: of each step, null for those that give no rows. */
export type Reply =
  | { readonly ok: true; readonly results: readonly (ReadResult | null)[]; readonly inTransaction: boolean }
  | { readonly ok: false; readonly failure: Failure; readonly inTransaction: boolean };
