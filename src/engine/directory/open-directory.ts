import { parseArchive } from './archive.ts';
import { checkSum, printSum, SUM_FILE } from './atlas-sum.ts';
import { computeSum, type Sum } from './checksum.ts';
import { fileDirectives, isArchive } from './directives.ts';
import { type NamedFile, selectFiles, undoFileOf } from './formats.ts';
import type { ChecksumError, Directory, DirectoryFormat, MigrationFile } from './types.ts';

/** The texts of a directory by relative path, atlas.sum among them. */
export type DirectoryTexts = Readonly<Record<string, string>>;

export type OpenedDirectory = { readonly directory: Directory } | { readonly checksumError: ChecksumError };

const textOf = (texts: DirectoryTexts, name: string): string => (Object.hasOwn(texts, name) ? (texts[name] ?? '') : '');

const read = (
  texts: DirectoryTexts,
  format: DirectoryFormat,
): { readonly named: readonly NamedFile[]; readonly sum: Sum } => {
  const named = selectFiles(Object.keys(texts), format);
  return { named, sum: computeSum(named.map(({ name }) => ({ name, content: textOf(texts, name) }))) };
};

/** The text that atlas.sum must have for these files. */
export const hashDirectory = (texts: DirectoryTexts, format: DirectoryFormat): string =>
  printSum(read(texts, format).sum);

/** Verifies a directory against its atlas.sum and reads what its files say of themselves. Files that the format does not take are ignored. */
export function openDirectory(texts: DirectoryTexts, format: DirectoryFormat): OpenedDirectory {
  const { named, sum } = read(texts, format);
  const stored = Object.hasOwn(texts, SUM_FILE) ? texts[SUM_FILE] : undefined;
  const checksumError = checkSum(stored, sum, named.length > 0);
  return checksumError === undefined ? { directory: makeDirectory(texts, format, named, sum) } : { checksumError };
}

/** The directory without a look at its atlas.sum: for `migrate import`, whose source needs none. */
export function readUnverified(texts: DirectoryTexts, format: DirectoryFormat): Directory {
  const { named, sum } = read(texts, format);
  return makeDirectory(texts, format, named, sum);
}

function makeDirectory(
  texts: DirectoryTexts,
  format: DirectoryFormat,
  named: readonly NamedFile[],
  sum: Sum,
): Directory {
  const hashes = new Map(sum.entries.map(({ name, hash }) => [name, hash]));
  const names = Object.keys(texts);
  const files = named.map((file) => {
    const undo = undoFileOf(file, format, names);
    return {
      ...makeFile(file, format, textOf(texts, file.name), hashes.get(file.name) ?? ''),
      undo: undo === undefined ? undefined : { name: undo, content: textOf(texts, undo) },
    };
  });
  return { format, files, digest: `h1:${sum.total}` };
}

function makeFile(
  named: NamedFile,
  format: DirectoryFormat,
  content: string,
  hash: string,
): Omit<MigrationFile, 'undo'> {
  const isAtlas = format === 'atlas';
  const archive = isAtlas && isArchive(content) ? parseArchive(content) : undefined;
  const directives = isAtlas
    ? [...fileDirectives(content), ...(archive?.migration === undefined ? [] : fileDirectives(archive.migration.text))]
    : [];
  return {
    ...named,
    format,
    content,
    hash,
    checkpoint: directives.some(({ name }) => name === 'checkpoint'),
    txMode: directives.find(({ name }) => name === 'txmode')?.args,
    directives,
    archive,
  };
}
