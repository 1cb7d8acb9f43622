import { execFile } from 'node:child_process';

/** What a program of a data source may print. */
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What a program of a data source prints. Without a shell. @throws Error with what the program wrote to stderr */
export function runProgram(
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, encoding: 'utf8', maxBuffer: MOST_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`running program "${program}": ${stderr.trim() === '' ? error.message : stderr.trim()}`));
    });
  });
}
