import type { ScannerName } from '../dialects/dialect-name.ts';
import { scanSection } from './scan-file.ts';
import type { MigrationFile, Refusal } from './types.ts';

/** Assertions that must hold before the file they stand in is run: one section `checks.sql` or `checks/NAME.sql` of its archive. */
export interface CheckFile {
  /** As in its header. */
  readonly name: string;
  /** `-- atlas:assert oneof`: one of them is enough. */
  readonly isOneOf: boolean;
  /** Each asks for one value that stands for true or false. */
  readonly assertions: readonly string[];
}

/** Codes of the linter that a statement's assertion covers are not told apart here. */
const ONE_OF = /^[ \t]*--[ \t]*atlas:assert[ \t]+oneof[ \t]*\r?$/m;

/** The pre-migration checks of a file, in its order (atlas-config-cli.md 4.3). Refused where one cannot be cut into statements. */
export function readChecks(
  file: MigrationFile,
  dialect: ScannerName,
): { readonly kind: 'checks'; readonly checks: readonly CheckFile[] } | Refusal {
  const checks: CheckFile[] = [];
  for (const section of file.archive?.checks ?? []) {
    const scanned = scanSection(section, dialect, file.content);
    if ('problem' in scanned) {
      return {
        kind: 'refused',
        code: 'DIRECTORY_INVALID',
        text: `sql/migrate: scanning checks "${section.name}" from "${file.name}": ${scanned.problem.text}`,
      };
    }
    const assertions = scanned.statements.map(({ text }) => text);
    if (assertions.length > 0) checks.push({ name: section.name, isOneOf: ONE_OF.test(section.text), assertions });
  }
  return { kind: 'checks', checks };
}
