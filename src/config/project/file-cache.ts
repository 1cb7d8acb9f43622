import type { ProjectFiles } from '../types.ts';

type Missing = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'folder'; readonly path: string };

/** Thrown through an evaluation that asks for a file which was not read yet; caught by `attempt` alone. */
class FileMissing extends Error {
  readonly missing: Missing;

  constructor(missing: Missing) {
    super(missing.path);
    this.missing = missing;
  }
}

/** The files of a project as synchronous functions need them, and a record of all that were read: the snapshot. */
export class FileCache {
  readonly #files: ProjectFiles;
  readonly #texts = new Map<string, { readonly text: string } | { readonly problem: string }>();
  readonly #folders = new Set<string>();
  #list: readonly string[] | undefined;

  constructor(files: ProjectFiles) {
    this.#files = files;
  }

  /** Relative path → text. */
  get read(): Readonly<Record<string, string>> {
    const entries = [...this.#texts].flatMap(([path, found]) => ('text' in found ? [[path, found.text] as const] : []));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A file that was read elsewhere and belongs to the snapshot. */
  note(path: string, text: string): void {
    this.#texts.set(normalize(path), { text });
  }

  /** Within `attempt` only. */
  readNow(path: string): { readonly text: string } | { readonly problem: string } {
    const name = normalize(path);
    const found = this.#texts.get(name);
    if (found === undefined) throw new FileMissing({ kind: 'file', path: name });
    return found;
  }

  /** Files below a folder, relative to it. Within `attempt` only. */
  listNow(folder: string): readonly string[] {
    const name = normalize(folder);
    if (!this.#folders.has(name)) throw new FileMissing({ kind: 'folder', path: name });
    return this.#below(name);
  }

  async list(folder: string): Promise<readonly string[]> {
    await this.load({ kind: 'folder', path: normalize(folder) });
    return this.#below(normalize(folder));
  }

  async readText(path: string): Promise<{ readonly text: string } | { readonly problem: string }> {
    const name = normalize(path);
    await this.load({ kind: 'file', path: name });
    return this.#texts.get(name) ?? { problem: `open ${path}: no such file or directory` };
  }

  attempt<T>(work: () => T): { readonly value: T } | { readonly missing: Missing } {
    try {
      return { value: work() };
    } catch (error) {
      if (error instanceof FileMissing) return { missing: error.missing };
      throw error;
    }
  }

  async load(missing: Missing): Promise<void> {
    if (missing.kind === 'file') return this.#loadFile(missing.path);
    if (this.#folders.has(missing.path)) return;
    this.#list ??= await this.#files.list();
    // What a folder holds is a part of the snapshot, else `fileset` would find nothing in it.
    for (const name of this.#below(missing.path)) {
      await this.#loadFile(missing.path === '' ? name : `${missing.path}/${name}`);
    }
    this.#folders.add(missing.path);
  }

  async #loadFile(path: string): Promise<void> {
    if (this.#texts.has(path)) return;
    try {
      this.#texts.set(path, { text: await this.#files.read(path) });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const reason =
        code === 'ENOENT'
          ? 'no such file or directory'
          : code === 'EACCES'
            ? 'permission denied'
            : code === 'EISDIR'
              ? 'is a directory'
              : messageOf(error);
      this.#texts.set(path, { problem: `open ${path}: ${reason}` });
    }
  }

  #below(folder: string): readonly string[] {
    const prefix = folder === '' ? '' : `${folder}/`;
    return (this.#list ?? []).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `./a//b/../c` is `a/c`; leading `..` and `/` are kept. */
export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/');
}
