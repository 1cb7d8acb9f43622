import readline from 'node:readline/promises';

/** Asks at the terminal and gives the answer, trimmed; undefined where nobody sits at one. Rejects with an AbortError when interrupted. */
export async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question, { signal })).trim();
  } finally {
    terminal.close();
  }
}
