import type { ScannerName } from '../dialects/dialect-name.ts';
import { SCAN_OPTIONS } from '../dialects/index.ts';
import { type ScanProblem, scanText } from '../dialects/scan-statements.ts';
import { dbmateUp, gooseStatements } from './goose.ts';
import type { MigrationFile, Section, Statement } from './types.ts';

export type ScanResult = { readonly statements: readonly Statement[] } | { readonly problem: ScanProblem };

/** Cuts the part of a file that is run forwards into statements, by the rules of the file's format and of the dialect. */
export function scanStatements(file: MigrationFile, dialect: ScannerName): ScanResult {
  if (file.format === 'goose') {
    const statements = gooseStatements(file.content, 'up');
    if (statements !== undefined) return { statements };
  }
  return scanSection(forwardSection(file), dialect, file.content);
}

function forwardSection(file: MigrationFile): Section {
  if (file.format === 'dbmate') return dbmateUp(file.content);
  return (
    file.archive?.migration ?? { name: file.name, text: file.archive === undefined ? file.content : '', offset: 0 }
  );
}

/**
 * Cuts one section of a file (a check, the down section).
 * @param content the whole file, so that a problem gets its line in the file
 */
export function scanSection(section: Section, dialect: ScannerName, content: string): ScanResult {
  const scanned = scanText(section.text, SCAN_OPTIONS[dialect]);
  if ('problem' in scanned) {
    const line = scanned.problem.line + content.slice(0, section.offset).split('\n').length - 1;
    return {
      problem: { ...scanned.problem, line, text: `${line}:${scanned.problem.column}: ${scanned.problem.message}` },
    };
  }
  return { statements: scanned.statements.map((s) => ({ ...s, offset: s.offset + section.offset })) };
}
