import {
  type Directory,
  type DirectoryFormat,
  type DirectoryTexts,
  openDirectory,
  parseDirectoryFormat,
  printChecksumNotice,
} from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { resolvePath } from '../resolve-path.ts';
import type { MigrateDeps } from './deps.ts';
import { type DirectoryUrl, parseDirectoryUrl } from './directory-url.ts';

export interface LocatedDirectory {
  readonly url: DirectoryUrl;
  /** Of the operating system; undefined for a directory in memory. */
  readonly folder: string | undefined;
  readonly format: DirectoryFormat;
  /** undefined: the folder is not there. */
  readonly texts: DirectoryTexts | undefined;
}

type MemoryDirectories = Readonly<Record<string, DirectoryTexts>>;

/**
 * Reads the files of a directory, without a look at its checksum.
 * @param dirFormat of `--dir-format` or the env; a `?format=` of the URL wins over it
 */
export async function locateDirectory(
  deps: MigrateDeps,
  text: string,
  dirFormat: string | undefined,
  memory: MemoryDirectories = {},
): Promise<LocatedDirectory> {
  const url = parseDirectoryUrl(text);
  const name = url.format ?? dirFormat ?? 'atlas';
  const format = parseDirectoryFormat(name);
  if (format === undefined) throw new AppError('INPUT_INVALID', `unknown dir format "${name}"`);
  if (url.kind === 'mem') return { url, folder: undefined, format, texts: memory[url.text] ?? memory[url.path] };
  const folder = resolvePath(deps.io.cwd, url.path);
  return { url, folder, format, texts: await deps.files.read(folder) };
}

const missing = (located: LocatedDirectory): AppError =>
  new AppError('DIRECTORY_NOT_FOUND', `sql/migrate: stat ${located.url.path}: no such file or directory`, {
    next: 'name the folder with --dir "file://…"',
  });

/** The files of a directory that must be there. */
export function textsOf(located: LocatedDirectory): DirectoryTexts {
  if (located.texts === undefined) throw missing(located);
  return located.texts;
}

/**
 * Opens a directory and verifies its checksum. On a wrong sum the notice goes to stdout, as in Atlas.
 * @throws AppError DIRECTORY_CHECKSUM, DIRECTORY_NOT_FOUND, INPUT_INVALID
 */
export async function openVerified(
  deps: MigrateDeps,
  text: string,
  dirFormat: string | undefined,
  memory?: MemoryDirectories,
): Promise<Directory> {
  return verify(deps, await locateDirectory(deps, text, dirFormat, memory));
}

/** As openVerified, for files that were read already. */
export function verify(deps: MigrateDeps, located: LocatedDirectory): Directory {
  const opened = openDirectory(textsOf(located), located.format);
  if ('directory' in opened) return opened.directory;
  deps.io.stdout(printChecksumNotice(opened.checksumError));
  throw new AppError('DIRECTORY_CHECKSUM', opened.checksumError.message);
}

/**
 * The directory to write to: the folder itself, or the one of the templates that the project file made it of, whose files and atlas.sum
 * are what Atlas writes then (atlas-config-cli.md 1.4, `template_dir`).
 */
export async function sourceOf(
  deps: MigrateDeps,
  located: LocatedDirectory,
): Promise<LocatedDirectory & { readonly folder: string }> {
  if (located.folder !== undefined) return { ...located, folder: located.folder };
  if (located.texts === undefined) throw missing(located);
  const { path } = located.url;
  const folder = resolvePath(deps.io.cwd, path.slice('mem://'.length, path.lastIndexOf('/')));
  return { ...located, folder, texts: await deps.files.read(folder) };
}
