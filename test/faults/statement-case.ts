/** A statement as the second of three of a migration, on a database that `before` has made. */
export interface StatementCase {
  readonly kind: string;
  readonly before?: string;
  readonly statement: string;
  /** It commits by itself: its progress cannot be committed with it. */
  readonly isAlone?: boolean;
  /** MariaDB: only the storage engine's ids tell; an account without PROCESS gets the question, not a guess. */
  readonly needsProcess?: boolean;
}
