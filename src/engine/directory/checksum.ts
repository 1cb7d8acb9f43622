import { createHash } from 'node:crypto';
import { lineDirective } from './directives.ts';

export interface SumEntry {
  readonly name: string;
  /** Base 64, without `h1:`. */
  readonly hash: string;
}

/** The parsed atlas.sum, or the one that the files should have. */
export interface Sum {
  readonly total: string;
  readonly entries: readonly SumEntry[];
}

const sha256 = (...texts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text, 'utf8');
  return hash.digest('base64');
};

/** The first line of atlas.sum (without `h1:`) for its entries. */
export const sumTotal = (entries: readonly SumEntry[]): string =>
  sha256(...entries.map((entry) => entry.name + entry.hash));

/**
 * What atlas.sum must hold for files in their order (atlas-config-cli.md 4.2): one running hash over all names and contents.
 * A file whose first line is `atlas:sum ignore` adds its name only, and has no entry.
 */
export function computeSum(files: readonly { readonly name: string; readonly content: string }[]): Sum {
  const running = createHash('sha256');
  const entries: SumEntry[] = [];
  for (const { name, content } of files) {
    running.update(name, 'utf8');
    const end = content.indexOf('\n');
    const directive = lineDirective(end === -1 ? content : content.slice(0, end));
    if (directive?.name === 'sum' && directive.args === 'ignore') continue;
    running.update(content, 'utf8');
    entries.push({ name, hash: running.copy().digest('base64') });
  }
  return { total: sumTotal(entries), entries };
}

/**
 * One `h1:…` a statement: the hash of all texts up to and including it (atlas-config-cli.md 4.5, `partial_hashes`).
 * @param texts the statements of one file
 */
export function partialHashes(texts: readonly string[]): string[] {
  const running = createHash('sha256');
  return texts.map((text) => `h1:${running.update(text, 'utf8').copy().digest('base64')}`);
}
