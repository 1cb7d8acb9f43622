import type { SurveyOutcome } from '../engine/index.ts';
import type { PlanView, StartRolloutBody } from '../shared/wire.ts';
import { prepareChange } from './change/prepare-change.ts';
import type { AppDeps } from './deps.ts';
import { evaluateFleet, type FleetTarget } from './evaluate-project.ts';
import { describeShrink, findShrink } from './find-shrink.ts';
import { type FrozenFleet, type FrozenGroup, freezeFleet } from './freeze-fleet.ts';
import { viewThrottles } from './plan/describe-throttles.ts';
import { quarantinedOf } from './quarantine-targets.ts';
import { capOf } from './start-policies/hourly-cap.ts';

/** Targets in quarantine that are named. */
const NAMES_SHOWN = 5;
/** Groups up to this size are listed by name: the canaries. */
const NAMED_UP_TO = 10;

/** What a rollout would do, on how many databases. Connects to the tenants, writes nothing anywhere. @throws AppError as startRollout does */
export async function planRollout(deps: AppDeps, body: StartRolloutBody): Promise<PlanView> {
  const { project, env } = body;
  const fleet = await evaluateFleet(deps.projects, { project, env, vars: body.vars ?? {} });
  const frozen = freezeFleet(fleet, `${project}/${env}`);
  const quarantined = await quarantinedOf(deps.store, body);
  const targets = fleet.targets.filter(({ target }) => !quarantined.has(target.id));
  const leftOut = fleet.targets.flatMap(({ target }) => (quarantined.has(target.id) ? [target.id] : []));
  const prepared = await prepareChange(deps, body, fleet, targets);
  const shrink = await findShrink(deps.store, body, fleet, deps.settings.maxShrink);
  const { outcomes, plans } = await prepared.plan();
  const refused = outcomes.flatMap((outcome, i) =>
    outcome.kind === 'refused' ? [{ target: targets[i]?.target.id ?? '', ...reasonOf(outcome) }] : [],
  );
  const throttles = fleet.project.deployment?.throttles ?? [];
  const maxPerHour = capOf(deps.settings.maxPerHour, fleet.project.deployment?.maxPerHour);
  const states = countStates(outcomes);
  const { kind, toVersion, digest } = prepared;
  return {
    kind,
    ...(kind === 'declarative' ? { planDigest: digest } : {}),
    project,
    env,
    targets: fleet.targets.length,
    states: { ...states, ...(leftOut.length === 0 ? {} : { quarantined: leftOut.length }) },
    toVersion,
    groups: frozen.groups.map((group) => viewGroup(group, frozen)),
    plans,
    ...(refused.length === 0 ? {} : { refused }),
    ...(throttles.length === 0 ? {} : { throttles: viewThrottles(throttles) }),
    ...(maxPerHour === undefined ? {} : { maxPerHour }),
    ...(shrink === undefined ? {} : { shrink }),
    notes: [
      ...notesOf(fleet.project.deployment === undefined, refused.length),
      ...(maxPerHour === undefined ? [] : [describeCap(maxPerHour, states.pending)]),
      ...(leftOut.length === 0 ? [] : [describeLeftOut(leftOut)]),
      ...(shrink === undefined ? [] : [`${describeShrink(shrink)}; a start asks for --accept-shrink`]),
      ...notesOfHooks(targets),
    ],
  };
}

/** The starts of other rollouts of the env count, too: it may take longer. */
function describeCap(max: number, pending: number): string {
  const hours = Math.ceil(pending / max) - 1;
  const first = `no more than ${max} targets of the env are started an hour`;
  return hours < 1 ? first : `${first}: ${pending} take ${hours}h at the least`;
}

function describeLeftOut(ids: readonly string[]): string {
  const names = ids.slice(0, NAMES_SHOWN).map((id) => `"${id}"`);
  const more = ids.length > names.length ? ', …' : '';
  return `${ids.length} in quarantine, left out: ${names.join(', ')}${more}`;
}

/** What the project has around each apply: nothing of it shows in the statements of the files. */
function notesOfHooks(targets: readonly FleetTarget[]): readonly string[] {
  const all = new Set(targets.flatMap(({ hooks }) => hooks ?? []));
  const sources = new Set([...all].flatMap(({ scripts }) => Object.values(scripts).flat()).map(({ source }) => source));
  const notes = [...all].some(({ judge }) => judge !== undefined)
    ? ['check "migrate_apply" is asked on each target before it is begun']
    : [];
  if (sources.size > 0) notes.push(`SQL of the project runs on each target, too: ${[...sources].sort().join(', ')}`);
  return notes;
}

const reasonOf = ({ error }: Extract<SurveyOutcome, { kind: 'refused' }>) => ({
  class: error.class,
  code: error.code,
  message: error.message,
});

function countStates(outcomes: readonly SurveyOutcome[]): Record<'pending' | 'unchanged' | 'refused', number> {
  const states = { pending: 0, unchanged: 0, refused: 0 };
  for (const outcome of outcomes) {
    if (outcome.kind === 'refused') states.refused += 1;
    else if (outcome.pending.length === 0) states.unchanged += 1;
    else states.pending += 1;
  }
  return states;
}

function viewGroup(group: FrozenGroup, frozen: FrozenFleet): PlanView['groups'][number] {
  const members = (): readonly string[] =>
    frozen.order.filter((one) => one.group === group.name).map(({ member }) => member.target.id);
  return {
    name: group.name,
    size: group.size,
    ...(group.size <= NAMED_UP_TO ? { targets: members() } : {}),
    notes: notesOfGroup(group),
  };
}

function notesOfGroup(group: FrozenGroup): readonly string[] {
  const notes: string[] = [];
  const { maxFailures, parallel, size } = group;
  const allowed = maxFailures === null ? parallel : maxFailures + 1;
  if (group.budgetMode === 'STRICT' && allowed < Math.min(parallel, size)) {
    notes.push(`parallel ${parallel} is held at ${allowed} by max_failures = ${maxFailures}`);
  }
  if (group.perHost !== null && group.perHost > parallel) {
    notes.push(`per_host ${group.perHost} has no effect: parallel is ${parallel}`);
  }
  if (group.approval) notes.push('waits for an approval');
  if (group.size === 0) notes.push('no target is in this group');
  return notes;
}

function notesOf(isDefault: boolean, refused: number): readonly string[] {
  const notes: string[] = [];
  if (isDefault) notes.push('the env has no rollout block: canaries by host, then 10 %, then the rest');
  if (refused > 0) notes.push(`${refused} ${refused === 1 ? 'target' : 'targets'} would fail as they stand now`);
  return notes;
}
