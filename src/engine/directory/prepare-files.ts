import type { ScannerName } from '../dialects/dialect-name.ts';
import { partialHashes } from './checksum.ts';
import { type CheckFile, readChecks } from './read-checks.ts';
import { scanStatements } from './scan-file.ts';
import type { MigrationFile, Refusal, RevisionMark, Statement, TxMode } from './types.ts';

/** A file that is ready to be run. */
export interface PreparedFile {
  readonly file: MigrationFile;
  readonly statements: readonly Statement[];
  /** `h1:…`, one a statement. */
  readonly partialHashes: readonly string[];
  /** The mode asked for, or the file's own. */
  readonly txMode: TxMode;
  /** What must hold before its first statement. */
  readonly checks: readonly CheckFile[];
}

const refuse = (text: string): Refusal => ({ kind: 'refused', code: 'DIRECTORY_INVALID', text });

const isTxMode = (text: string): text is TxMode => text === 'none' || text === 'file' || text === 'all';

/**
 * Scans all files and settles their transaction modes before the first statement of any of them is run; Atlas finds such mistakes
 * only when it comes to the file. `txMode` is the text of the flag: an unknown one is refused.
 */
export function prepareFiles(
  files: readonly MigrationFile[],
  dialect: ScannerName,
  txMode: string,
): { readonly kind: 'prepared'; readonly files: readonly PreparedFile[] } | Refusal {
  if (!isTxMode(txMode)) return { kind: 'refused', code: 'INPUT_INVALID', text: `unknown tx-mode "${txMode}"` };
  const prepared: PreparedFile[] = [];
  for (const file of files) {
    const mode = fileTxMode(file, txMode);
    if (typeof mode === 'object') return mode;
    const one = prepareFile(file, dialect, mode);
    if ('kind' in one) return one;
    prepared.push(one);
  }
  return { kind: 'prepared', files: prepared };
}

function prepareFile(file: MigrationFile, dialect: ScannerName, txMode: TxMode): PreparedFile | Refusal {
  if (file.hash === '') return refuse(`sql/migrate: scanning checksum from "${file.name}": checksum not found`);
  if (file.archive !== undefined && file.archive.migration === undefined) {
    return refuse(
      `sql/migrate: scanning statements from "${file.name}": the archive has no "-- migration.sql --" section`,
    );
  }
  const scanned = scanStatements(file, dialect);
  if ('problem' in scanned)
    return refuse(`sql/migrate: scanning statements from "${file.name}": ${scanned.problem.text}`);
  const { statements } = scanned;
  const read = readChecks(file, dialect);
  if (read.kind === 'refused') return read;
  const { checks } = read;
  return { file, statements, partialHashes: partialHashes(statements.map(({ text }) => text)), txMode, checks };
}

/** The transaction mode of a file under a global one (atlas-config-cli.md 4.3). */
function fileTxMode(file: MigrationFile, global: TxMode): TxMode | Refusal {
  const values = file.directives.filter(({ name }) => name === 'txmode').map(({ args }) => args.trim());
  const [value] = values;
  if (value === undefined) return global;
  if (values.length > 1) {
    return refuse(`multiple txmode values found in file "${file.name}": [${values.map((v) => `"${v}"`).join(' ')}]`);
  }
  if (value === 'all') {
    return refuse(`txmode "all" is not allowed in file directive "${file.name}". Use "file" instead`);
  }
  if (!isTxMode(value)) return refuse(`unknown txmode "${value}" found in file directive "${file.name}"`);
  if (global === 'all') {
    return refuse(`cannot set txmode directive to "${value}" in "${file.name}" when txmode "all" is set globally`);
  }
  return value;
}

/**
 * Where a file is taken up again: the number of statements that an earlier try has done. Their hashes must be those of the file now.
 * @param revision the file's row, undefined where it has none
 */
export function resumeAt(
  prepared: PreparedFile,
  revision: RevisionMark | undefined,
): { readonly kind: 'resume'; readonly done: number } | Refusal {
  const done = revision?.applied ?? 0;
  for (let i = 0; i < done; i++) {
    if (revision?.partialHashes?.[i] === undefined || revision.partialHashes[i] !== prepared.partialHashes[i]) {
      return {
        kind: 'refused',
        code: 'TARGET_HISTORY',
        text: `sql/migrate: history changed: statement ${i + 1} from file "${prepared.file.name}" changed`,
      };
    }
  }
  return { kind: 'resume', done };
}
