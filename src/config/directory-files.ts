import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../shared/errors.ts';

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Follows links: a folder mounted from a Kubernetes ConfigMap holds nothing but links. */
async function listFiles(folder: string, prefix = ''): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await fs.readdir(path.join(folder, prefix), { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    const isFolder = entry.isSymbolicLink() ? await isDirectory(path.join(folder, name)) : entry.isDirectory();
    if (!isFolder) names.push(name);
    else if (!entry.name.startsWith('.')) names.push(...(await listFiles(folder, `${name}/`)));
  }
  return names;
}

const isDirectory = async (file: string): Promise<boolean> => {
  const stat = await fs.stat(file).catch(() => undefined);
  return stat?.isDirectory() ?? false;
};

/**
 * The `*.sql` files and the atlas.sum below a folder: relative path with `/` → text. undefined where there is no such folder.
 * @throws AppError DIRECTORY_INVALID where a file is not UTF-8: its checksum could not be kept; DIRECTORY_NOT_FOUND where it cannot be read
 */
export async function readDirectoryFiles(folder: string): Promise<Readonly<Record<string, string>> | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const texts: Record<string, string> = {};
  try {
    for (const name of await listFiles(folder)) {
      if (!name.endsWith('.sql') && name !== 'atlas.sum') continue;
      texts[name] = decoder.decode(await fs.readFile(path.join(folder, name)));
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (error instanceof TypeError) {
      throw new AppError('DIRECTORY_INVALID', `a file of the migration directory "${folder}" is not UTF-8`, {
        cause: error,
      });
    }
    throw new AppError(
      'DIRECTORY_NOT_FOUND',
      `the migration directory "${folder}" cannot be read: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  return texts;
}

/** Files of other languages that end in `.hcl` too (atlas-engine.md 1.1). */
const NOT_SCHEMA = /\.(?:test|rule|plan|script)\.hcl$/;

/** A file, or the direct `.hcl` and `.sql` children of a folder, by name; undefined where there is nothing of that name. */
export const readSchemaFiles = (place: string): ReturnType<typeof readFiles> =>
  readFiles(place, (name) => /\.(?:hcl|sql)$/.test(name) && !NOT_SCHEMA.test(name));

/** A file, or the direct `.hcl` children of a folder, whatever language of HCL they are in. */
export const readHclFiles = (place: string): ReturnType<typeof readFiles> =>
  readFiles(place, (name) => name.endsWith('.hcl'));

async function readFiles(
  place: string,
  isMeant: (name: string) => boolean,
): Promise<readonly { readonly name: string; readonly text: string }[] | undefined> {
  const stat = await fs.stat(place).catch(() => undefined);
  if (stat === undefined) return undefined;
  if (!stat.isDirectory()) return [{ name: path.basename(place), text: await fs.readFile(place, 'utf8') }];
  const names = (await fs.readdir(place)).filter(isMeant);
  return Promise.all(
    names.toSorted().map(async (name) => ({ name, text: await fs.readFile(path.join(place, name), 'utf8') })),
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Writes files into a folder, atlas.sum last: a run that dies in between leaves a directory that is refused, not one that lies.
 * @throws AppError DIRECTORY_NOT_FOUND where it cannot be written
 */
export async function writeDirectoryFiles(folder: string, texts: Readonly<Record<string, string>>): Promise<void> {
  const sumLast = Object.entries(texts).toSorted(([a], [b]) => Number(a === 'atlas.sum') - Number(b === 'atlas.sum'));
  try {
    await fs.mkdir(folder, { recursive: true });
    for (const [name, text] of sumLast) await fs.writeFile(path.join(folder, name), text);
  } catch (error) {
    throw new AppError(
      'DIRECTORY_NOT_FOUND',
      `the migration directory "${folder}" cannot be written: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
