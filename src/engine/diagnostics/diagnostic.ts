/** A place in a text. Offsets are UTF-16 units from 0; lines and columns count from 1, columns in code points. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export interface Range {
  readonly file: string;
  readonly start: Position;
  /** Exclusive. */
  readonly end: Position;
}

/** One thing that is wrong with what a user wrote. */
export interface Diagnostic {
  /** HCL_SYNTAX, HCL_UNKNOWN_ATTRIBUTE, …: stable, kebab-free capitals. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** Short and general: "Unsupported argument". */
  readonly summary: string;
  /** What was expected and what to do, with the offending name in quotes. */
  readonly detail: string;
  /** What was probably meant. For people; not part of Atlas's one-line form. */
  readonly hint?: string;
  readonly subject?: Range;
  /** A wider range to show around the subject. */
  readonly context?: Range;
}
