import { compareNames } from './compare-names.ts';
import { selectFlyway } from './flyway.ts';
import type { DirectoryFormat } from './types.ts';

export const DIRECTORY_FORMATS = [
  'atlas',
  'golang-migrate',
  'goose',
  'flyway',
  'liquibase',
  'dbmate',
] as const satisfies readonly DirectoryFormat[];

/** The format of that name; undefined: `unknown dir format "x"`. */
export const parseDirectoryFormat = (text: string): DirectoryFormat | undefined =>
  DIRECTORY_FORMATS.find((format) => format === text);

/** A file that a format takes, in order of execution, with what its name says. */
export interface NamedFile {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

const splitName = (name: string, suffix: string): NamedFile => {
  const stem = name.slice(0, -suffix.length);
  const at = stem.indexOf('_');
  return at === -1
    ? { name, version: stem, description: '' }
    : { name, version: stem.slice(0, at), description: stem.slice(at + 1) };
};

/** The files of a directory that its format takes, in order of execution (atlas-config-cli.md 4.1). Names are relative paths with `/`. */
export function selectFiles(names: readonly string[], format: DirectoryFormat): readonly NamedFile[] {
  if (format === 'flyway') return selectFlyway(names);
  const suffix = format === 'golang-migrate' ? '.up.sql' : '.sql';
  return names
    .filter((name) => !name.includes('/') && name.endsWith(suffix))
    .toSorted(compareNames)
    .map((name) => splitName(name, suffix));
}

/** The file beside this one that takes it back, where the format has such files and there is one. */
export function undoFileOf(file: NamedFile, format: DirectoryFormat, names: readonly string[]): string | undefined {
  if (format === 'golang-migrate') {
    const undo = `${file.name.slice(0, -'.up.sql'.length)}.down.sql`;
    return names.find((name) => name === undo);
  }
  if (format !== 'flyway') return undefined;
  const folder = file.name.slice(0, file.name.lastIndexOf('/') + 1);
  return names.find((name) => {
    const base = name.slice(name.lastIndexOf('/') + 1);
    return name.startsWith(folder) && base.endsWith('.sql') && base.split('__')[0] === `U${file.version}`;
  });
}
