import type { ScannerName } from '../dialects/dialect-name.ts';
import { SCAN_OPTIONS } from '../dialects/index.ts';
import { scanText } from '../dialects/scan-statements.ts';
import type { ApplyHooks, HookPoint, HookScript } from './apply-hooks.ts';
import { type Worded, wordRefusal } from './target-error.ts';

export interface HookStatement {
  readonly source: string;
  readonly text: string;
  readonly skipErrors: boolean;
}

/** The hooks of a project, cut into statements. */
export interface ReadyHooks {
  readonly judge: ApplyHooks['judge'];
  readonly redact: ApplyHooks['redact'];
  readonly statements: Readonly<Record<HookPoint, readonly HookStatement[]>>;
}

const NO_HOOKS: ReadyHooks = {
  judge: undefined,
  redact: (text) => text,
  statements: { pre: [], post: [], afterBegin: [], beforeCommit: [], beforeRollback: [] },
};

/** A project's hooks are the same object for all targets whose SQL is the same: each is cut once. */
const cache = new WeakMap<ApplyHooks, Map<ScannerName, ReadyHooks | { readonly refused: Worded }>>();

/** @returns `refused` where SQL of a block cannot be cut into statements of the dialect */
export function prepareHooks(
  hooks: ApplyHooks | undefined,
  scanner: ScannerName,
): ReadyHooks | { readonly refused: Worded } {
  if (hooks === undefined) return NO_HOOKS;
  const known = cache.get(hooks) ?? new Map<ScannerName, ReadyHooks | { readonly refused: Worded }>();
  cache.set(hooks, known);
  const made = known.get(scanner) ?? cut(hooks, scanner);
  known.set(scanner, made);
  return made;
}

function cut({ judge, redact, scripts }: ApplyHooks, scanner: ScannerName): ReadyHooks | { readonly refused: Worded } {
  const problems: string[] = [];
  const statementsOf = (all: readonly HookScript[]): readonly HookStatement[] =>
    all.flatMap(({ source, sql, skipErrors }) => {
      const scanned = scanText(sql, SCAN_OPTIONS[scanner]);
      if ('statements' in scanned) return scanned.statements.map(({ text }) => ({ source, text, skipErrors }));
      problems.push(`scanning the SQL of ${source}: ${scanned.problem.text}`);
      return [];
    });
  const statements = {
    pre: statementsOf(scripts.pre),
    post: statementsOf(scripts.post),
    afterBegin: statementsOf(scripts.afterBegin),
    beforeCommit: statementsOf(scripts.beforeCommit),
    beforeRollback: statementsOf(scripts.beforeRollback),
  };
  const [problem] = problems;
  if (problem !== undefined) return { refused: wordRefusal({ code: 'PROJECT_INVALID', text: problem }) };
  return { judge, redact, statements };
}
