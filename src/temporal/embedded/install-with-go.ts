import fs from 'node:fs';
import path from 'node:path';
import { installInto } from './install-program.ts';
import { GO_INSTALL_VERSION } from './pinned-release.ts';
import { runProgram, troubleOf } from './run-program.ts';

const MODULE = 'github.com/temporalio/cli';
/** Is the module to be had at all? Asked first, because the build takes minutes. */
const ASK_MS = 1_500;
const BUILD_MS = 1_200_000;

/** The cache folder's name of a program that Go built: it does not know its own version. */
export const GO_BUILT = `go-${GO_INSTALL_VERSION.slice(1)}`;

/**
 * Builds an older release with Go: the last resort, it takes minutes.
 * @returns undefined where the program is in the cache now, else why not
 */
export async function installWithGo(options: {
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly notice: (text: string) => void;
}): Promise<string | undefined> {
  const there = await runProgram('go', ['version'], { env: options.env, limitMs: 5_000 });
  if (there.code !== 0) return troubleOf(there);
  return installInto(options.cacheDir, GO_BUILT, async (dir) => {
    const env = { ...options.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0', GOBIN: path.join(dir, 'bin') };
    const asked = await runProgram('go', ['list', '-m', `${MODULE}@${GO_INSTALL_VERSION}`], {
      env,
      limitMs: ASK_MS,
      cwd: dir,
    });
    if (asked.code !== 0) return troubleOf(asked);
    options.notice(`building Temporal's server with Go (${GO_INSTALL_VERSION}): this takes some minutes, once`);
    fs.mkdirSync(path.join(dir, 'bin'));
    const built = await runProgram('go', ['install', `${MODULE}/cmd/temporal@${GO_INSTALL_VERSION}`], {
      env,
      limitMs: BUILD_MS,
      cwd: dir,
    });
    return built.code === 0 ? undefined : troubleOf(built);
  });
}
