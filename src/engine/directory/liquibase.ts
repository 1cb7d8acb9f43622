import type { ScannerName } from '../dialects/dialect-name.ts';
import { type ScanResult, scanSection } from './scan-file.ts';

const ROLLBACK = /^--[ \t]*rollback:?[ \t]+(.*)$/i;
const CHANGESET = /^--[ \t]*changeset\b/i;
/** `--rollback not required`, `--rollback empty`: there is nothing to undo (docs.liquibase.com, "Rollback: formatted SQL"). */
const NOTHING = /^(?:not required|empty)\s*;?$/i;

/**
 * The rollbacks of a formatted SQL file: lines of one changeset belong together, changesets are taken back from the last to the first.
 * undefined where a changeset has none.
 */
export function liquibaseRollback(content: string, scanner: ScannerName): ScanResult | undefined {
  const changesets: string[][] = [];
  for (const line of content.split(/\r?\n/)) {
    if (CHANGESET.test(line)) changesets.push([]);
    const text = ROLLBACK.exec(line)?.[1];
    if (text !== undefined) changesets.at(-1)?.push(text);
  }
  if (changesets.length === 0 || changesets.some((lines) => lines.length === 0)) return undefined;
  const statements = [];
  for (const lines of changesets.toReversed()) {
    const text = lines.filter((line) => !NOTHING.test(line.trim())).join('\n');
    const scanned = scanSection({ name: 'rollback', text, offset: 0 }, scanner, text);
    if ('problem' in scanned) return scanned;
    statements.push(...scanned.statements);
  }
  return { statements };
}
