import path from 'node:path';
import { fingerprintRealm, newVersion, planRealms, printStatements, type Statement } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { renderPlanFile, renderPlanned } from '../render/schema-plan.ts';
import { resolvePath } from '../resolve-path.ts';
import { type SchemaFlags, type SchemaSettings, selectSchema } from './flags.ts';
import { dialectFor, loadState } from './load-state.ts';
import { PLAN_SUFFIX, type PlanFile, printPlanFile } from './plan-file.ts';

const SYNCED = 'Schemas are synced, no changes to be made.\n';
const INDENT = '  ';

/** `schema plan`: what brings one state to the other, into a file that is reviewed, and applied later. */
export async function runPlan(deps: MigrateDeps, flags: SchemaFlags): Promise<number> {
  const settings = await selectSchema(deps, flags, 'schema.plan');
  const from = settings.from.length > 0 ? settings.from : settings.url === undefined ? [] : [settings.url];
  if (from.length === 0) throw new AppError('INPUT_INVALID', 'required flag "from" not set');
  const dialect = await dialectFor(deps, [...from, ...settings.to], settings);
  const request = { dialect, settings, isDevOptional: true };
  const current = await loadState(deps, from, request);
  const desired = await loadState(deps, settings.to, request);
  const statements = planRealms(dialect, current, desired).statements(INDENT);
  if (statements.length === 0 && settings.format === undefined) {
    deps.io.stdout(SYNCED);
    return 0;
  }
  const file: PlanFile = {
    name: flags.name ?? newVersion(deps.clock.nowMs()),
    from: fingerprintRealm(dialect, current),
    to: fingerprintRealm(dialect, desired),
    migration: printStatements(statements),
  };
  const isSaved = await decide(deps, flags, settings, { from, statements });
  const place = isSaved && statements.length > 0 ? await save(deps, flags, file) : undefined;
  if (settings.format !== undefined)
    deps.io.stdout(await renderPlanFile(deps, settings.format, { file, statements, env: flags.env, place }));
  else if (place !== undefined) deps.io.stdout(`\nPlan saved to file://${place}\n`);
  return 0;
}

/** Shows the plan to people, and asks whether it is to be kept. @throws AppError SCHEMA_NOT_APPROVED */
async function decide(
  deps: MigrateDeps,
  flags: SchemaFlags,
  { format, to }: SchemaSettings,
  { from, statements }: { readonly from: readonly string[]; readonly statements: readonly Statement[] },
): Promise<boolean> {
  if (format === undefined)
    deps.io.stdout(await renderPlanned(statements, { from: await nameOf(deps, from), to: await nameOf(deps, to) }));
  if (flags.dryRun === true) return false;
  if (flags.save === true || flags.autoApprove === true) return true;
  const answer = await deps.ask('Approve or abort the plan (Approve / Abort): ');
  if (answer?.toLowerCase() === 'approve') return true;
  throw new AppError(
    'SCHEMA_NOT_APPROVED',
    answer === undefined
      ? 'the plan is not approved, and there is no terminal to ask at'
      : 'the plan was not approved, and not saved',
    { next: 'pass --save to write it, --dry-run to look at it only' },
  );
}

/** A database without its secrets; files as they were named. */
const nameOf = async (deps: MigrateDeps, urls: readonly string[]): Promise<string> => {
  const [first = ''] = urls;
  if (first.startsWith('file://')) return urls.join(', ');
  const { isFile, host, redacted } = await deps.parseUrl(first);
  const isLocal = isFile || /^(?:localhost|127\.|\[?::1)/.test(host);
  return isLocal ? 'local database' : redacted;
};

async function save(deps: MigrateDeps, flags: SchemaFlags, file: PlanFile): Promise<string> {
  const name = flags.output ?? `${file.name}${PLAN_SUFFIX}`;
  const place = resolvePath(deps.io.cwd, name);
  await deps.files.write(path.dirname(place), { [path.basename(place)]: printPlanFile(file) });
  return name;
}
