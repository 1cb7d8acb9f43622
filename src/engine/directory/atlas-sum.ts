import { type Sum, sumTotal } from './checksum.ts';
import type { ChecksumError } from './types.ts';

export const SUM_FILE = 'atlas.sum';

/** The text of atlas.sum. */
export const printSum = (sum: Sum): string =>
  `h1:${sum.total}\n${sum.entries.map(({ name, hash }) => `${name} h1:${hash}\n`).join('')}`;

/** Reads atlas.sum; undefined where it is not of the form. */
export function parseSum(text: string): Sum | undefined {
  const [first, ...rest] = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (first === undefined || !first.startsWith('h1:')) return undefined;
  const entries = rest
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf('h1:');
      return at === -1 ? undefined : { name: line.slice(0, at).trim(), hash: line.slice(at + 3).trim() };
    });
  const read = entries.filter((entry) => entry !== undefined);
  return read.length === entries.length ? { total: first.slice(3).trim(), entries: read } : undefined;
}

/**
 * Holds atlas.sum (`text`, undefined where there is none) against what the files should have. undefined: all is well.
 * Line numbers and reasons: atlas-config-cli.md 4.2.
 */
export function checkSum(text: string | undefined, computed: Sum, hasFiles: boolean): ChecksumError | undefined {
  if (text === undefined) return hasFiles ? { message: 'checksum file not found' } : undefined;
  const stored = parseSum(text);
  if (stored === undefined) return { message: 'checksum file format invalid' };
  if (stored.total !== sumTotal(stored.entries)) return { message: 'checksum mismatch' };
  if (stored.total === computed.total) return undefined;
  return { message: 'checksum mismatch', ...diagnose(stored, computed) };
}

function diagnose(stored: Sum, computed: Sum): Pick<ChecksumError, 'diagnosis'> {
  for (const [i, entry] of stored.entries.entries()) {
    const found = computed.entries[i];
    if (found?.name === entry.name && found.hash === entry.hash) continue;
    const line = i + 2; // the total is line 1
    if (found === undefined || computed.entries.every(({ name }) => name !== entry.name)) {
      return { diagnosis: { line, file: entry.name, reason: 'removed' } };
    }
    if (found.name === entry.name) return { diagnosis: { line, file: entry.name, reason: 'edited' } };
    return { diagnosis: { line, file: found.name, reason: 'added' } };
  }
  const extra = computed.entries[stored.entries.length];
  return extra === undefined
    ? {}
    : { diagnosis: { line: stored.entries.length + 2, file: extra.name, reason: 'added' } };
}

/** Atlas's notice for stdout; the message itself goes to stderr. */
export function printChecksumNotice(error: ChecksumError): string {
  const where = error.diagnosis;
  const line = where === undefined ? '' : `\n\tL${where.line}: ${where.file} was ${where.reason}\n\n`;
  return `You have a checksum error in your migration directory.\n${line}Please check your migration files and run 'atlas migrate hash' to re-hash the contents\n\n`;
}
