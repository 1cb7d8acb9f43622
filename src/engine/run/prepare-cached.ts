import type { ScannerName } from '../dialects/dialect-name.ts';
import { type PreparedFile, prepareFiles } from '../directory/prepare-files.ts';
import type { MigrationFile, Refusal, TxMode } from '../directory/types.ts';

/** A file ready to be run, with the texts of its statements as one array: the same array for every target, so that a driver may know it again. */
export interface ReadyFile extends PreparedFile {
  readonly texts: readonly string[];
}

const cache = new WeakMap<MigrationFile, Map<string, ReadyFile | Refusal>>();

/** As prepareFiles; each file is scanned and hashed once, however many targets it goes to. */
export function prepareCached(
  files: readonly MigrationFile[],
  scanner: ScannerName,
  txMode: TxMode,
): { readonly kind: 'ready'; readonly files: readonly ReadyFile[] } | Refusal {
  const ready: ReadyFile[] = [];
  for (const file of files) {
    const one = prepareOne(file, scanner, txMode);
    if ('kind' in one) return one;
    ready.push(one);
  }
  return { kind: 'ready', files: ready };
}

function prepareOne(file: MigrationFile, scanner: ScannerName, txMode: TxMode): ReadyFile | Refusal {
  const known = cache.get(file) ?? new Map<string, ReadyFile | Refusal>();
  cache.set(file, known);
  const key = `${scanner} ${txMode}`;
  const made = known.get(key) ?? makeReady(file, scanner, txMode);
  known.set(key, made);
  return made;
}

function makeReady(file: MigrationFile, scanner: ScannerName, txMode: TxMode): ReadyFile | Refusal {
  const prepared = prepareFiles([file], scanner, txMode);
  if (prepared.kind === 'refused') return prepared;
  const [one] = prepared.files;
  if (one === undefined) throw new Error(`prepareFiles lost the file "${file.name}"`);
  return { ...one, texts: one.statements.map(({ text }) => text) };
}
