/** What a dialect's statement scanner knows of the dialect (atlas-config-cli.md 4.4). Absent is off. */
export interface ScanOptions {
  /** `BEGIN … END` blocks hold statements of their own. */
  readonly matchBegin?: boolean;
  /** `BEGIN ATOMIC … END`: bodies of SQL functions. */
  readonly matchBeginAtomic?: boolean;
  /** `BEGIN TRY … END TRY BEGIN CATCH … END CATCH`. */
  readonly matchBeginTryCatch?: boolean;
  /** `$tag$ … $tag$`. */
  readonly matchDollarQuote?: boolean;
  /** A backslash escapes the next character in `'…'` and `"…"`. */
  readonly backslashEscapes?: boolean;
  /** A backslash escapes only in `E'…'`. */
  readonly escapedStringExt?: boolean;
  /** `#` opens a comment to the end of the line. */
  readonly hashComments?: boolean;
  /** A line `GO [n]` ends a batch. */
  readonly goCommand?: boolean;
  /** A block may also close with a bare `END`, without `;`. */
  readonly beginEndTerminator?: boolean;
}
