import { AppError } from '../../shared/errors.ts';
import { parseCsvRecord } from '../csv-record.ts';
import { resolvePath } from '../resolve-path.ts';

const FILE = 'file://';

/**
 * Reads the files of a desired state (`file://schema.hcl`, `file://schema`) to send them along: path as it was given → text.
 * @throws AppError INPUT_INVALID for what is no file, SCHEMA_EMPTY for a folder without any
 */
export async function readDesired(urls: readonly string[], cwd: string): Promise<Readonly<Record<string, string>>> {
  const { readSchemaFiles } = await import('../../config/directory-files.ts');
  const texts: Record<string, string> = {};
  for (const url of urls.flatMap((text) => parseCsvRecord(text))) {
    if (!url.startsWith(FILE))
      throw new AppError('INPUT_INVALID', `--to "${url}" is no file:// URL. Did you mean "file://${url}"?`);
    const place = url.slice(FILE.length);
    const files = await readSchemaFiles(resolvePath(cwd, place));
    if (files === undefined) throw new AppError('INPUT_INVALID', `stat ${place}: no such file or directory`);
    if (files.length === 0)
      throw new AppError('SCHEMA_EMPTY', `"${place}" has no .hcl and no .sql file, expected the desired schema`);
    // Two folders may have a file of one name.
    for (const { name, text } of files) texts[files.length === 1 ? place : `${place}/${name}`] = text;
  }
  return texts;
}
