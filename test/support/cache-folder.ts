import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where what tests provision is kept between runs: `$XDG_CACHE_HOME/flotilla`, else `~/.cache/flotilla`. */
export function cacheFolder(...parts: readonly string[]): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const dir = path.join(base, 'flotilla', ...parts);
  fs.mkdirSync(dir, { recursive: true });
  return dir;
}
