import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * A folder that this process from now on takes for the system's temporary one. Atlas's lock on a SQLite file is there, under one name for
 * all files and all programs of the machine: another run would hold it, and is not waited for.
 */
export function takeTemporaryFolder(prefix: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), prefix));
  process.env.TMPDIR = folder;
  return folder;
}
