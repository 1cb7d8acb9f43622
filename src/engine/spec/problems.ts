import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type Located, rangeOf } from '../hcl/syntax/nodes.ts';

/** What is wrong with a document; all of it, not the first mistake alone. */
export class Problems {
  readonly #found: Diagnostic[] = [];

  /** @param at what is underlined */
  add(code: string, at: Located, summary: string, detail: string, severity: Diagnostic['severity'] = 'error'): void {
    this.#found.push({ code, severity, summary, detail, subject: rangeOf(at) });
  }

  addAll(diagnostics: readonly Diagnostic[]): void {
    this.#found.push(...diagnostics);
  }

  /** In the order of files and places; each once. */
  get list(): readonly Diagnostic[] {
    const seen = new Set<string>();
    return this.#found.filter((one) => {
      const key = JSON.stringify([one.subject, one.summary, one.detail]);
      return !seen.has(key) && seen.add(key) !== undefined;
    });
  }
}
