import { spawn } from 'node:child_process';

export interface ProgramEnd {
  /** null where it was ended by a signal or never began. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be run to its end, in words. */
  readonly trouble?: string;
}

const KEEP = 64 * 1024;

/** Runs a program without a shell; never rejects. After `limitMs` it is killed. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly limitMs: number; readonly cwd?: string },
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    let trouble: string | undefined;
    const timer = setTimeout(() => {
      trouble = `no end within ${options.limitMs / 1000} s`;
      child.kill('SIGKILL');
    }, options.limitMs);
    child.stdout.on('data', (chunk) => {
      stdout = `${stdout}${chunk}`.slice(-KEEP);
    });
    child.stderr.on('data', (chunk) => {
      stderr = `${stderr}${chunk}`.slice(-KEEP);
    });
    const end = (code: number | null): void => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, ...(trouble === undefined ? {} : { trouble }) });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      trouble = error.code === 'ENOENT' ? 'not on PATH' : error.message;
      end(null);
    });
    child.on('close', end);
  });
}

/** The line of a program's output that says what went wrong: the last that names an error, else the last. */
export function troubleOf(end: ProgramEnd): string {
  if (end.trouble !== undefined) return end.trouble;
  const lines = `${end.stdout}\n${end.stderr}`.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((one) => /error|fail|not found|no such/i.test(one)) ?? lines.at(-1) ?? 'no output';
  return `exit ${end.code ?? 'by a signal'}: ${line.trim().slice(0, 200)}`;
}
