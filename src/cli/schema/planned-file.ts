import {
  DEFAULT_LIMITS,
  type Dialect,
  fingerprintRealm,
  planCreation,
  planRealms,
  type Realm,
  SCAN_OPTIONS,
  scanText,
} from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { resolvePath } from '../resolve-path.ts';
import type { SchemaSettings } from './flags.ts';
import { PLAN_SUFFIX, type PlanFile, parsePlanFile } from './plan-file.ts';

/** What a plan file is held against: the states of now, and what would be planned between them. */
export interface PlanStates {
  readonly dialect: Dialect;
  readonly from: Realm;
  readonly to: Realm;
  /** As they would be planned now. */
  readonly statements: readonly string[];
}

const FILE = 'file://';

/**
 * The statements of a plan file, once its states are seen to be those of now. One that was edited is run on the dev database: it has to reach the
 * desired state (atlas-engine.md 8.4).
 * @throws AppError PLAN_STALE with both hashes, PLAN_INVALID, INPUT_INVALID
 */
export async function statementsOfPlan(
  deps: MigrateDeps,
  url: string,
  settings: SchemaSettings,
  states: PlanStates,
): Promise<{ readonly name: string; readonly statements: readonly string[] }> {
  const plan = await readPlan(deps, url);
  const { dialect, from, to } = states;
  refuseStale('From', plan.from, fingerprintRealm(dialect, from), 'the database has changed since the plan was made');
  refuseStale('To', plan.to, fingerprintRealm(dialect, to), 'the desired state has changed since the plan was made');
  const scanned = scanText(plan.migration, SCAN_OPTIONS[dialect.name]);
  if ('problem' in scanned) throw new AppError('PLAN_INVALID', `plan "${plan.name}": ${scanned.problem.text}`);
  const statements = scanned.statements.map(({ text }) => text.replace(/;\s*$/, ''));
  if (!isSame(statements, states.statements)) await replay(deps, plan, statements, settings, states);
  return { name: plan.name, statements };
}

async function readPlan(deps: MigrateDeps, url: string): Promise<PlanFile> {
  if (!url.startsWith(FILE))
    throw new AppError('INPUT_INVALID', `--plan "${url}" is no file:// URL, expected file://NAME${PLAN_SUFFIX}`);
  const [file] = (await deps.files.readSchema(resolvePath(deps.io.cwd, url.slice(FILE.length)))) ?? [];
  if (file === undefined)
    throw new AppError('INPUT_INVALID', `stat ${url.slice(FILE.length)}: no such file or directory`);
  return parsePlanFile(file.name, file.text);
}

function refuseStale(side: 'From' | 'To', planned: string, current: string, why: string): void {
  if (planned === current) return;
  throw new AppError(
    'PLAN_STALE',
    `The plan "${side}" hash does not match the ${side === 'From' ? 'current' : 'desired'} state hash:\n- ${planned} (plan value)\n+ ${current} (${side === 'From' ? 'current' : 'desired'} hash)`,
    { next: `${why}: plan again with flotilla schema plan` },
  );
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text.trim() === b[i]?.trim());

async function replay(
  deps: MigrateDeps,
  plan: PlanFile,
  statements: readonly string[],
  { devUrl, lockTimeoutMs }: SchemaSettings,
  { dialect, from, to }: PlanStates,
): Promise<void> {
  if (devUrl === undefined)
    throw new AppError('PLAN_INVALID', `plan "${plan.name}" was edited, and there is no dev database to try it on`, {
      next: 'pass --dev-url',
    });
  const made = planCreation(dialect, from).statements('');
  const all = [
    ...made.map(({ text }) => ({ text })),
    ...statements.map((text) => ({ text, place: `plan "${plan.name}"` })),
  ];
  const reached = await (await deps.engine()).loadOnDev(devUrl, all, DEFAULT_LIMITS, lockTimeoutMs);
  const [left] = planRealms(dialect, reached, to).statements('');
  if (left === undefined) return;
  throw new AppError(
    'PLAN_INVALID',
    `plan "${plan.name}" was edited and does not reach the desired state: ${left.text} would still be needed`,
    { next: 'mend its statements, or plan again with flotilla schema plan' },
  );
}
