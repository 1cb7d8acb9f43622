import type { ScannerName } from '../dialects/dialect-name.ts';
import { dbmateDown, gooseStatements } from './goose.ts';
import { liquibaseRollback } from './liquibase.ts';
import { type ScanResult, scanSection } from './scan-file.ts';
import type { MigrationFile, Refusal } from './types.ts';

/** What takes a file back, as its author has written it; none is computed here. */
export type WayBack =
  | {
      readonly kind: 'statements';
      /** In order of execution. Empty: there is nothing to undo. */
      readonly texts: readonly string[];
    }
  | Refusal;

const cache = new WeakMap<MigrationFile, Map<ScannerName, WayBack>>();

/** The way back of a file, by its format; scanned once for however many targets. Refused where the file has none, naming what was looked for. */
export function wayBack(file: MigrationFile, scanner: ScannerName): WayBack {
  const known = cache.get(file) ?? new Map<ScannerName, WayBack>();
  cache.set(file, known);
  const found = known.get(scanner) ?? readWayBack(file, scanner);
  known.set(scanner, found);
  return found;
}

function readWayBack(file: MigrationFile, scanner: ScannerName): WayBack {
  const scanned = scanWayBack(file, scanner);
  if (typeof scanned === 'string') {
    return {
      kind: 'refused',
      code: 'DOWN_NO_WAY_BACK',
      text: `version "${file.version}" cannot be taken back: "${file.name}" has no ${scanned}`,
    };
  }
  if ('problem' in scanned) {
    return {
      kind: 'refused',
      code: 'DIRECTORY_INVALID',
      text: `the way back of "${file.undo?.name ?? file.name}" cannot be read: ${scanned.problem.text}`,
    };
  }
  return { kind: 'statements', texts: scanned.statements.map(({ text }) => text) };
}

/** The statements, or what was looked for in vain. */
function scanWayBack(file: MigrationFile, scanner: ScannerName): ScanResult | string {
  const { content, archive, undo } = file;
  switch (file.format) {
    case 'atlas':
      return archive?.down === undefined
        ? '"-- down.sql --" section (in a file that begins with "-- atlas:txtar")'
        : scanSection(archive.down, scanner, content);
    case 'golang-migrate':
    case 'flyway':
      return undo === undefined
        ? `file beside it that takes it back (${file.format === 'flyway' ? `U${file.version}__….sql` : '….down.sql'})`
        : scanSection({ name: undo.name, text: undo.content, offset: 0 }, scanner, undo.content);
    case 'goose': {
      const statements = gooseStatements(content, 'down');
      return statements === undefined || !/^-- \+goose[ \t]+down/im.test(content)
        ? '"-- +goose Down" part'
        : { statements };
    }
    case 'dbmate': {
      const section = dbmateDown(content);
      return section === undefined ? '"-- migrate:down" part' : scanSection(section, scanner, content);
    }
    case 'liquibase':
      return liquibaseRollback(content, scanner) ?? '"--rollback" in each of its changesets';
  }
}
