import { SUM_FILE } from './atlas-sum.ts';
import { withRepeatableVersions } from './flyway.ts';
import { type DirectoryTexts, hashDirectory, readUnverified } from './open-directory.ts';
import { scanStatements } from './scan-file.ts';
import type { DirectoryFormat, MigrationFile, Refusal, Statement } from './types.ts';

/** Turns another tool's directory into Atlas's: one file a file, its forward part only, comments kept, and the atlas.sum. */
export function importDirectory(
  texts: DirectoryTexts,
  format: DirectoryFormat,
): { readonly kind: 'imported'; readonly texts: Readonly<Record<string, string>>; readonly count: number } | Refusal {
  const { files } = readUnverified(texts, format);
  const versions = withRepeatableVersions(files);
  const imported: Record<string, string> = {};
  for (const [i, file] of files.entries()) {
    const scanned = scanStatements(file, 'generic');
    if ('problem' in scanned) {
      return {
        kind: 'refused',
        code: 'DIRECTORY_INVALID',
        text: `sql/migrate: scanning statements from "${file.name}": ${scanned.problem.text}`,
      };
    }
    imported[atlasName(file, versions[i]?.version ?? file.version)] = scanned.statements.map(printStatement).join('');
  }
  return {
    kind: 'imported',
    count: files.length,
    texts: { ...imported, [SUM_FILE]: hashDirectory(imported, 'atlas') },
  };
}

const atlasName = (file: MigrationFile, version: string): string =>
  file.description === '' ? `${version}.sql` : `${version}_${file.description}.sql`;

const printStatement = ({ text, comments }: Statement): string =>
  `${comments.map((comment) => `${comment}\n`).join('')}${text.endsWith(';') ? text : `${text};`}\n`;
