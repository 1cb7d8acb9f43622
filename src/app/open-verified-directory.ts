import {
  type ChecksumError,
  type Directory,
  type DirectoryFormat,
  openDirectory,
  parseDirectoryFormat,
  SUM_FILE,
} from '../engine/index.ts';
import { AppError } from '../shared/errors.ts';
import type { FleetTarget } from './evaluate-project.ts';
import type { Projects } from './ports.ts';

/** The files of a migration directory, as they are snapshotted: relative path → text. */
export interface DirectorySource {
  readonly files: Readonly<Record<string, string>>;
  readonly format: string;
}

/**
 * The directory of a rollout: the caller's, one that the project made in memory, or a folder of the project.
 * @throws AppError DIRECTORY_NOT_FOUND, PROJECT_INVALID where the targets of the env name different ones
 */
export async function findDirectory(
  projects: Projects,
  project: string,
  fleet: {
    readonly targets: readonly FleetTarget[];
    readonly memoryDirectories: Readonly<Record<string, Readonly<Record<string, string>>>>;
  },
  uploaded: { readonly files: Readonly<Record<string, string>>; readonly format?: string } | undefined,
): Promise<DirectorySource> {
  const named = fleet.targets.map(({ migration }) => ({ dir: migration?.dir ?? '', format: migration?.format }));
  const first = named[0];
  if (uploaded !== undefined) return { files: uploaded.files, format: uploaded.format ?? first?.format ?? 'atlas' };
  if (first === undefined || first.dir === '') {
    throw new AppError('DIRECTORY_NOT_FOUND', `project "${project}" names no migration directory for the env`, {
      next: 'add migration { dir = "file://migrations" } to the env, or send one with --dir',
    });
  }
  const other = named.find(({ dir, format }) => dir !== first.dir || format !== first.format);
  if (other !== undefined) {
    throw new AppError(
      'PROJECT_INVALID',
      `the targets of the env name two migration directories, "${first.dir}" and "${other.dir}"; a rollout has one`,
      { next: 'split the env in two' },
    );
  }
  const inMemory = fleet.memoryDirectories[first.dir];
  if (inMemory !== undefined) return { files: inMemory, format: first.format ?? 'atlas' };
  const read = await projects.readDirectory(project, first.dir);
  return { files: read.files, format: first.format ?? read.format };
}

/** Verifies a directory against its atlas.sum. @throws AppError DIRECTORY_CHECKSUM naming file and line, with Atlas's text */
export function openVerifiedDirectory(source: DirectorySource): Directory {
  const opened = openDirectory(source.files, formatOf(source.format));
  if ('directory' in opened) return opened.directory;
  throw checksumError(opened.checksumError);
}

function formatOf(text: string): DirectoryFormat {
  const format = parseDirectoryFormat(text);
  if (format !== undefined) return format;
  throw new AppError('INPUT_INVALID', `unknown dir format "${text}"`, {
    next: 'use atlas, golang-migrate, goose, flyway, liquibase or dbmate',
  });
}

function checksumError(error: ChecksumError): AppError {
  const at = error.diagnosis;
  const where = at === undefined ? '' : `: L${at.line}: ${at.file} was ${at.reason}`;
  return new AppError('DIRECTORY_CHECKSUM', `${error.message}${where}`, {
    next: 'check the migration files, then run flotilla migrate hash',
    ...(at === undefined
      ? {}
      : { details: [{ message: `${at.file} was ${at.reason}`, file: SUM_FILE, line: at.line }] }),
  });
}

/**
 * The version that the rollout goes to: the one asked for, else the last of the directory.
 * @throws AppError VERSION_NOT_FOUND, DIRECTORY_INVALID for a directory without files
 */
export function findVersion(directory: Directory, wanted: string | undefined): string {
  const versions = directory.files.filter((file) => !file.checkpoint).map(({ version }) => version);
  const newest = versions.at(-1) ?? directory.files.at(-1)?.version;
  if (newest === undefined) {
    throw new AppError('DIRECTORY_INVALID', 'the migration directory has no files', {
      next: 'write a migration file first',
    });
  }
  if (wanted === undefined || wanted === '') return newest;
  if (directory.files.some(({ version }) => version === wanted)) return wanted;
  const near = versions.find((version) => version.startsWith(wanted) || wanted.startsWith(version));
  throw new AppError('VERSION_NOT_FOUND', `migration with version "${wanted}" not found in the directory`, {
    next: near === undefined ? `the newest version is "${newest}"` : `did you mean "${near}"?`,
  });
}
