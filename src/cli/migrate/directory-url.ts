import { AppError } from '../../shared/errors.ts';

/** Where a migration directory is: `--dir`, `migration.dir`. */
export interface DirectoryUrl {
  readonly kind: 'file' | 'mem';
  /** As given: what reports show. */
  readonly text: string;
  /** The folder as written, `migrations` where none is; the whole URL without its query for `mem`. */
  readonly path: string;
  /** Of `?format=`. */
  readonly format: string | undefined;
}

/**
 * Reads the URL of a migration directory (atlas-config-cli.md 3.4).
 * @throws AppError INPUT_INVALID in Atlas's words
 */
export function parseDirectoryUrl(text: string): DirectoryUrl {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^?]*)(?:\?(.*))?$/is.exec(text);
  if (match === null) {
    throw new AppError('INPUT_INVALID', `missing scheme for dir url. Did you mean "file://${text}"?`);
  }
  const [, scheme = '', path = '', query = ''] = match;
  const format = new URLSearchParams(query).get('format') ?? undefined;
  if (scheme === 'file') return { kind: 'file', text, path: decodePath(path) || 'migrations', format };
  if (scheme === 'mem') return { kind: 'mem', text, path: `mem://${path}`, format };
  throw new AppError('INPUT_INVALID', `unsupported dir url "${text}": expected "file://…"`);
}

const decodePath = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a folder may have a % in its name
  }
};
