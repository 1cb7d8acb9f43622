import type { Io } from '../../src/cli/io.ts';

export interface MemoryIo {
  readonly io: Io;
  /** What was written so far. */
  stdout(): string;
  stderr(): string;
}

/** Streams that keep what is written to them. */
export function memoryIo(options: {
  readonly cwd: string;
  readonly env?: Io['env'];
  readonly isTTY?: boolean;
}): MemoryIo {
  let [out, err] = ['', ''];
  return {
    io: {
      stdout: (text) => {
        out += text;
      },
      stderr: (text) => {
        err += text;
      },
      env: options.env ?? {},
      cwd: options.cwd,
      isTTY: options.isTTY ?? false,
      columns: () => 80,
      rows: () => 24,
      signal: new AbortController().signal,
    },
    stdout: () => out,
    stderr: () => err,
  };
}
