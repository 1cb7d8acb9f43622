import type { ProjectFiles } from '../types.ts';
import { normalize } from './file-cache.ts';

/** The files of a project as they were snapshotted: relative path → text. */
export function snapshotFiles(texts: Readonly<Record<string, string>>): ProjectFiles {
  return {
    read: async (path) => {
      const name = normalize(path);
      const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
      if (text === undefined) throw Object.assign(new Error(`the snapshot has no file "${path}"`), { code: 'ENOENT' });
      return text;
    },
    list: async () => Object.keys(texts).sort(),
  };
}
