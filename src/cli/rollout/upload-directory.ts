import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../shared/errors.ts';
import type { StartRolloutBody } from '../../shared/wire.ts';

/**
 * Reads the caller's migration directory (`file://migrations?format=goose`) to send it along, its checksum verified here first:
 * a wrong sum is better found before the way than after it.
 */
export async function readUpload(url: string, cwd: string): Promise<NonNullable<StartRolloutBody['directory']>> {
  const match = /^file:\/\/([^?]*)(?:\?(.*))?$/.exec(url);
  if (!match) throw new AppError('INPUT_INVALID', `--dir "${url}" is no file:// URL. Did you mean "file://${url}"?`);
  const folder = path.resolve(cwd, decodeURIComponent(match[1] || 'migrations'));
  const format = new URLSearchParams(match[2] ?? '').get('format') ?? 'atlas';
  const files: Record<string, string> = {};
  try {
    for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      files[path.relative(folder, file).split(path.sep).join('/')] = await fs.readFile(file, 'utf8');
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('DIRECTORY_NOT_FOUND', `the migration directory "${url}" cannot be read: ${reason}`, {
      cause: error,
      next: 'name the folder with --dir "file://…", relative to the working directory',
    });
  }
  const { openDirectory, parseDirectoryFormat, printChecksumNotice } = await import('../../engine/index.ts');
  const known = parseDirectoryFormat(format);
  if (known === undefined) throw new AppError('INPUT_INVALID', `unknown dir format "${format}"`);
  const opened = openDirectory(files, known);
  if ('checksumError' in opened) {
    throw new AppError('DIRECTORY_CHECKSUM', opened.checksumError.message, {
      details: [{ message: printChecksumNotice(opened.checksumError).trim() }],
      next: 'flotilla migrate hash, once the files are what they should be',
    });
  }
  return { files, format };
}
