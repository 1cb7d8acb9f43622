import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Below the cache: a folder per version, the program in its `bin/`. */
export const cachedProgram = (cacheDir: string, version: string): string =>
  path.join(cacheDir, 'temporal', version, 'bin', 'temporal');

export function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** SHA-256 of a file, in hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * Fills a folder of its own and moves it into place in one step: two processes may install at the same time, and a cut-off
 * installation is never taken for a whole one.
 * @param fill gets an empty folder; afterwards `bin/temporal` must be in it. What it returns is why that failed.
 * @returns undefined, or why there is no program
 */
export async function installInto(
  cacheDir: string,
  version: string,
  fill: (dir: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const parent = path.join(cacheDir, 'temporal');
  const staging = path.join(parent, `.${version}.${randomBytes(4).toString('hex')}`);
  try {
    fs.mkdirSync(staging, { recursive: true });
  } catch (error) {
    return `the cache folder "${parent}" cannot be written (${error instanceof Error ? error.message : String(error)})`;
  }
  try {
    const trouble = await fill(staging);
    if (trouble !== undefined) return trouble;
    const program = path.join(staging, 'bin', 'temporal');
    if (!fs.existsSync(program)) return 'it did not bring a program "bin/temporal"';
    fs.chmodSync(program, 0o755);
    try {
      fs.renameSync(staging, path.join(parent, version));
    } catch (error) {
      // Somebody else was faster: theirs is as good. Anything else in the way is not.
      if (!isExecutable(cachedProgram(cacheDir, version))) throw error;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
}
