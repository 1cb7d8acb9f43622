import { atlasText, type Diagnostic, hcl, rangeText } from '../../engine/index.ts';
import type { Secrets } from './secrets.ts';

export interface Problem {
  readonly code?: string;
  readonly severity?: 'error' | 'warning';
  readonly summary: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly at?: hcl.Located;
  /** Atlas's own words, where it has some that are not `place: summary; detail`. */
  readonly text?: string;
}

/** Everything that is wrong with a project, once each. */
export class ProblemList {
  readonly #secrets: Secrets;
  readonly #found = new Map<string, { readonly diagnostic: Diagnostic; readonly text: string }>();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  add(problem: Problem): void {
    const { at, text, hint } = problem;
    const diagnostic: Diagnostic = {
      code: problem.code ?? 'PROJECT_INVALID',
      severity: problem.severity ?? 'error',
      summary: problem.summary,
      detail: problem.detail ?? '',
      ...(hint === undefined ? {} : { hint }),
      ...(at === undefined ? {} : { subject: hcl.rangeOf(at) }),
    };
    this.#keep(diagnostic, text ?? (at === undefined ? withoutPlace(diagnostic) : atlasText(diagnostic)));
  }

  addAll(diagnostics: readonly Diagnostic[], prefix = ''): void {
    for (const diagnostic of diagnostics) this.#keep(diagnostic, prefix + atlasText(diagnostic));
  }

  get hasErrors(): boolean {
    return [...this.#found.values()].some(({ diagnostic }) => diagnostic.severity === 'error');
  }

  /** By place; what has none comes last. */
  sorted(files: readonly string[]): readonly Diagnostic[] {
    return this.#sorted(files).map(({ diagnostic }) => diagnostic);
  }

  /** Atlas's text of the first error. */
  firstText(files: readonly string[]): string {
    return this.#sorted(files).find(({ diagnostic }) => diagnostic.severity === 'error')?.text ?? '';
  }

  #sorted(files: readonly string[]) {
    const rank = ({ subject }: Diagnostic): number =>
      subject === undefined ? files.length : files.indexOf(subject.file);
    const offset = ({ subject }: Diagnostic): number => subject?.start.offset ?? 0;
    return [...this.#found.values()].sort(
      ({ diagnostic: a }, { diagnostic: b }) => rank(a) - rank(b) || offset(a) - offset(b),
    );
  }

  #keep(diagnostic: Diagnostic, text: string): void {
    const place = diagnostic.subject === undefined ? '' : rangeText(diagnostic.subject);
    const key = `${place}\n${diagnostic.summary}\n${diagnostic.detail}`;
    if (this.#found.has(key)) return;
    const masked = {
      ...diagnostic,
      summary: this.#secrets.mask(diagnostic.summary),
      detail: this.#secrets.mask(diagnostic.detail),
    };
    this.#found.set(key, { diagnostic: masked, text: this.#secrets.mask(text) });
  }
}

const withoutPlace = ({ summary, detail }: Diagnostic): string => (detail === '' ? summary : `${summary}: ${detail}`);
