/** What a command sees of the world: bin/ passes the real streams, tests pass their own. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Of stdout. */
  readonly isTTY: boolean;
  /** Columns and rows of the terminal now; 80 and 24 where there is none. */
  columns(): number;
  rows(): number;
  /** Aborted at the first interrupt. */
  readonly signal: AbortSignal;
}

/** Colours unless stdout is no terminal or NO_COLOR is set (https://no-color.org). */
export const hasColour = (io: Io): boolean => io.isTTY && !io.env.NO_COLOR && io.env.TERM !== 'dumb';
