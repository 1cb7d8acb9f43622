import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../shared/errors.ts';
import type { Environment } from './settings.ts';

/**
 * flotilla.yaml: the one that `--config` or FLOTILLA_CONFIG names, which has to be there, else the one in the working directory if there is one.
 * @throws AppError CONFIG_INVALID where it cannot be read
 */
export async function readConfigFile(options: {
  readonly flag: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}): Promise<{ readonly path: string; readonly text: string } | undefined> {
  const named = options.flag ?? (options.env.FLOTILLA_CONFIG || undefined);
  const file = named ?? 'flotilla.yaml';
  try {
    return { path: file, text: await fs.readFile(path.resolve(options.cwd, file), 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (named === undefined && code === 'ENOENT') return undefined;
    const reason = code === 'ENOENT' ? 'there is no such file' : error instanceof Error ? error.message : String(error);
    throw new AppError('CONFIG_INVALID', `the configuration file "${file}" cannot be read: ${reason}`, {
      cause: error,
      next: 'check --config and FLOTILLA_CONFIG',
    });
  }
}
