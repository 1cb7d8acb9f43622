import { AppError } from '../shared/errors.ts';
import { makeRolloutId } from '../shared/ids.ts';
import type { TraceContext } from '../shared/trace-context.ts';
import type { RolloutView, ShrinkView, StartRolloutBody } from '../shared/wire.ts';
import type { NewEvent, OverrideAsked } from '../store/types.ts';
import type { Actor } from './app.ts';
import { type PreparedChange, prepareChange } from './change/prepare-change.ts';
import type { AppDeps } from './deps.ts';
import { evaluateFleet } from './evaluate-project.ts';
import { findRollout } from './find-rollout.ts';
import { describeShrink, findShrink } from './find-shrink.ts';
import { digestTargets, freezeFleet, frozenTargets } from './freeze-fleet.ts';
import { overrideAsked } from './override-freeze.ts';
import { quarantinedOf } from './quarantine-targets.ts';
import { viewRollout } from './rollout-view.ts';
import { digestOf, writeSnapshot } from './snapshot.ts';
import { startWorkflow } from './start-workflow.ts';
import { traceIdOf } from './traces/span-ids.ts';
import { spanOf } from './traces/trace-rollout.ts';

interface Options {
  readonly idempotencyKey?: string;
  readonly actor: Actor;
  /** The caller's. */
  readonly trace?: TraceContext;
}

/**
 * Starts of the same key that run at once in this process are one: the fleet is evaluated once. Across processes the store decides.
 */
export function createStarter(deps: AppDeps): (body: StartRolloutBody, options: Options) => Promise<RolloutView> {
  const starting = new Map<string, { readonly digest: string; readonly id: Promise<string> }>();
  return async (body, options) => {
    const key = options.idempotencyKey;
    if (key === undefined) return viewStarted(deps, await start(deps, body, options));
    const digest = digestOf(body);
    const running = starting.get(key);
    if (running !== undefined && running.digest !== digest) throw mismatch(key);
    if (running !== undefined) return viewStarted(deps, await running.id);
    const id = start(deps, body, options).finally(() => starting.delete(key));
    starting.set(key, { digest, id });
    return viewStarted(deps, await id);
  };
}

const viewStarted = async (deps: AppDeps, id: string): Promise<RolloutView> =>
  viewRollout(deps, await findRollout(deps.store, id));

/** The id of the rollout that was created, or of the one that the key has made before. Nothing has connected to a tenant by then. */
async function start(deps: AppDeps, body: StartRolloutBody, options: Options): Promise<string> {
  const { store } = deps;
  const { idempotencyKey: key, actor } = options;
  const { project, env } = body;
  const argumentsDigest = digestOf(body);
  // Before the work of evaluating; the store decides it again when the rollout is created. Live ones first: what another process creates
  // between the two questions is found by its key then, and not taken for somebody else's.
  const live = (await store.liveRollouts()).find((row) => row.project === project && row.env === env);
  const known = key === undefined ? undefined : await store.findByKey(key);
  if (key !== undefined && known !== undefined) {
    if (known.argumentsDigest !== argumentsDigest) throw mismatch(key);
    return takeUp(deps, known.id);
  }
  const override = body.overrideFreeze === undefined ? undefined : startOverride(body, body.overrideFreeze, actor);
  if (live !== undefined) throw isLive(live.id, project, env);

  const vars = body.vars ?? {};
  const fleet = await evaluateFleet(deps.projects, { project, env, vars });
  const shrink = await findShrink(store, body, fleet, deps.settings.maxShrink);
  if (shrink !== undefined && body.acceptShrink !== true) throw hasShrunk(shrink, body);
  const frozen = freezeFleet(fleet, `${project}/${env}`);
  const quarantined = await quarantinedOf(store, body);
  const taken = fleet.targets.filter(({ target }) => !quarantined.has(target.id));
  const leftOut = fleet.targets.length - taken.length;
  const prepared = await prepareChange(deps, body, fleet, taken);
  if (body.planDigest !== undefined && body.planDigest !== prepared.digest) throw planChanged(prepared, body);
  const snapshot = { project: fleet.project.filesRead, change: prepared.source };
  const artifacts = await writeSnapshot(store, snapshot, deps.clock.nowMs());
  const nowMs = deps.clock.nowMs();
  const id = makeRolloutId(nowMs, deps.random());
  const row = {
    id,
    project,
    env,
    toVersion: prepared.toVersion,
    targets: frozen.order.length,
    joiners: fleet.project.deployment?.joiners ?? 'LEAVE',
    targetSetDigest: await digestTargets(frozen, quarantined),
    kind: prepared.kind,
    changeDigest: prepared.digest,
    ...artifacts,
    vars,
    createdBy: actor.name,
    createdAtMs: nowMs,
    trace: options.trace ?? ownTrace(deps, id),
  };
  const created = await store.createRollout(
    {
      row,
      idempotencyKey: key ?? null,
      argumentsDigest,
      groups: frozen.groups,
      targets: frozenTargets(frozen, quarantined, prepared.standing),
      ...(override === undefined ? {} : { override }),
    },
    creationEvent(row, body, actor, {
      ...(shrink === undefined ? {} : { acceptedShrink: shrink }),
      ...(leftOut === 0 ? {} : { quarantined: leftOut }),
      ...(prepared.kind === 'declarative' ? { planDigest: prepared.digest } : {}),
    }),
  );
  if (created.kind === 'live') throw isLive(created.id, project, env);
  if (created.kind === 'exists') {
    if (!created.sameArguments) throw mismatch(key ?? '');
    return takeUp(deps, created.id);
  }
  deps.resolver.remember(id, fleet, prepared.change);
  const span = spanOf({ ...row, lives: 1, direction: 'up' });
  deps.events.emit({
    kind: 'RolloutCreated',
    rolloutId: id,
    project,
    env,
    targets: row.targets,
    actor: actor.name,
    ...span,
  });
  await startWorkflow(deps, id);
  return id;
}

/** A process that dies between the creation and the start of the workflow leaves the rollout `preparing`: whoever asks again starts it. */
async function takeUp(deps: AppDeps, id: string): Promise<string> {
  const row = await deps.store.getRollout(id);
  if (row?.state === 'preparing') await startWorkflow(deps, id);
  return id;
}

/** Somebody has approved other plans than those of now. */
const planChanged = ({ digest }: PreparedChange, { project, env, planDigest }: StartRolloutBody): AppError =>
  new AppError('PLAN_CHANGED', `the plan has the digest "${digest}", not "${planDigest}" as it was approved`, {
    next: `flotilla rollout plan --project ${project} --env ${env} shows what has changed`,
  });

function creationEvent(
  row: { readonly project: string; readonly env: string; readonly toVersion: string; readonly targets: number },
  body: StartRolloutBody,
  actor: Actor,
  more: Readonly<Record<string, unknown>>,
): NewEvent {
  const { project, env, toVersion, targets } = row;
  return {
    kind: 'RolloutCreated',
    actor: actor.name,
    ...(body.reason === undefined ? {} : { reason: body.reason }),
    data: { project, env, toVersion, targets, ...more },
  };
}

function startOverride(
  { project, env, reason }: StartRolloutBody,
  { approvedBy }: NonNullable<StartRolloutBody['overrideFreeze']>,
  actor: Actor,
): OverrideAsked {
  const given = {
    actor,
    ...(reason === undefined ? {} : { reason }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
  };
  return overrideAsked(
    given,
    `flotilla rollout start --project ${project} --env ${env} --override-freeze --reason "…"`,
  );
}

/** Where the caller has no trace, the rollout begins one; not where nobody would see it. */
const ownTrace = ({ traces }: AppDeps, id: string): TraceContext | null =>
  traces === undefined ? null : { traceId: traceIdOf(id), parentSpanId: null, sampled: true, state: null };

const hasShrunk = (shrink: ShrinkView, { project, env, toVersion }: StartRolloutBody): AppError =>
  new AppError('FLEET_SHRANK', describeShrink(shrink), {
    next: `if that is right: flotilla rollout start --project ${project} --env ${env}${toVersion === undefined ? '' : ` --to-version ${toVersion}`} --accept-shrink; else mend the data source that lists the targets`,
  });

const isLive = (id: string, project: string, env: string): AppError =>
  new AppError('ROLLOUT_LIVE', `rollout "${id}" of ${project}/${env} is not over`, {
    next: `flotilla rollout watch ${id}, or flotilla rollout abort ${id}`,
  });

const mismatch = (key: string): AppError =>
  new AppError('IDEMPOTENCY_MISMATCH', `the idempotency key "${key}" was used before with other arguments`, {
    next: 'use a new key for a new rollout',
  });
