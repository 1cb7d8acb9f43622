import type { EvaluatedEnv } from '../../config/types.ts';
import {
  type DatabaseUrl,
  type Declared,
  declare,
  dialectOf,
  hcl,
  parseDatabaseUrl,
  type Realm,
  type StateOutcome,
} from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { PlanView, StartRolloutBody } from '../../shared/wire.ts';
import type { AppDeps } from '../deps.ts';
import type { Fleet, FleetTarget } from '../evaluate-project.ts';
import { lockNote } from '../plan/lock-notes.ts';
import { surveyFleet } from '../plan/survey-fleet.ts';
import { digestOf } from '../snapshot.ts';
import { declaredChange, standingOf } from './declared-change.ts';
import type { PreparedChange } from './prepare-change.ts';

/** How long a dev database that somebody else uses is waited for. */
const DEV_WAIT_MS = 10_000;

type Desired = NonNullable<StartRolloutBody['desired']>;

/** Looks at every target, and plans from each distinct state: as many diffs as there are states. @throws AppError of the files, of the dev database */
export async function prepareDeclared(
  deps: AppDeps,
  body: StartRolloutBody,
  desired: Desired,
  fleet: Fleet,
  targets: readonly FleetTarget[],
): Promise<PreparedChange> {
  refuseVersion(body);
  const { envs } = fleet.project;
  const dialect = dialectOf(onlyDialect(targets));
  const exclude = sameOf(envs, 'exclude', (env) => env.exclude);
  const wanted = await deps.engine.loadDesired({
    dialect,
    files: Object.entries(desired.files).map(([name, text]) => ({ name, text })),
    inputs: inputsOf(envs, body.vars ?? {}),
    devUrl: desired.devUrl === undefined ? envs[0]?.devUrl : parseDatabaseUrl(desired.devUrl),
    isDevOptional: true,
    limits: deps.settings.limits,
    lockTimeoutMs: DEV_WAIT_MS,
    colour: false,
  });
  const states = new Map<string, Realm>();
  // A realm is large and a fleet has few of them: only distinct ones are kept.
  const found = await surveyFleet(deps, targets, async (own) => {
    const outcomes = await deps.engine.surveyStates(own, { exclude, limits: deps.settings.limits });
    return outcomes.map((outcome) => keep(states, outcome));
  });
  const declared = declare(dialect, wanted, states, exclude);
  const outcomes = found.map((one) => standingOf(declared, toState(one, states)));
  return {
    kind: 'declarative',
    toVersion: declared.to,
    digest: digestOf(declared),
    source: declared,
    change: declaredChange(declared),
    standing: new Map(
      found.flatMap((one, i) => (one.kind === 'standing' ? [[targets[i]?.target.id ?? '', one.current]] : [])),
    ),
    plan: async () => ({
      outcomes,
      plans: plansOf(
        declared,
        found.map((one) => (one.kind === 'standing' ? one.current : '')),
      ),
    }),
  };
}

type Found = Awaited<ReturnType<typeof surveyFleet>>[number];

function keep(states: Map<string, Realm>, outcome: StateOutcome): Found {
  if (outcome.kind === 'refused') return outcome;
  if (!states.has(outcome.name)) states.set(outcome.name, outcome.realm);
  return { kind: 'standing', current: outcome.name, pending: [] };
}

function toState(found: Found, states: ReadonlyMap<string, Realm>): StateOutcome {
  if (found.kind === 'refused') return found;
  const realm = states.get(found.current) ?? { objects: [], schemas: [] };
  return { kind: 'state', name: found.current, realm };
}

function plansOf({ plans, to, dialect }: Declared, standing: readonly string[]): PlanView['plans'] {
  const counts = Map.groupBy(standing, (name) => name);
  return plans
    .map(({ from, forward }) => ({
      from,
      to,
      count: counts.get(from)?.length ?? 0,
      files: [],
      checks: [],
      statements: ('statements' in forward ? forward.statements : []).map((sql) => {
        const lock = lockNote(dialect, sql);
        return { file: '', sql, ...(lock === undefined ? {} : { lock }) };
      }),
    }))
    .toSorted((a, b) => b.count - a.count);
}

function refuseVersion({ toVersion, directory }: StartRolloutBody): void {
  const other = toVersion !== undefined ? 'a version' : directory !== undefined ? 'a migration directory' : undefined;
  if (other === undefined) return;
  throw new AppError('INPUT_INVALID', `a desired state and ${other} are both given, expected one of them`, {
    next: 'leave --to out for a versioned rollout; --to-version and --dir for a declarative one',
  });
}

/** @throws AppError INPUT_INVALID where the targets are of several kinds */
function onlyDialect(targets: readonly FleetTarget[]): DatabaseUrl {
  const [first] = targets;
  if (first === undefined) throw new AppError('ENV_WITHOUT_TARGETS', 'all targets of the env are in quarantine');
  const { url, id } = first.target;
  const other = targets.find(({ target }) => target.url.dialect !== url.dialect);
  if (other === undefined) return url;
  throw new AppError(
    'INPUT_INVALID',
    `target "${id}" is a ${url.dialect} database and "${other.target.id}" a ${other.target.url.dialect} one: a desired state is of one kind`,
    { next: 'split the env in two' },
  );
}

/** What the whole fleet is to have in common. @throws AppError PROJECT_INVALID */
function sameOf<T>(
  envs: readonly EvaluatedEnv[],
  name: string,
  read: (env: EvaluatedEnv) => readonly T[],
): readonly T[] {
  const [first, ...others] = envs.map((env) => JSON.stringify(read(env)));
  if (others.some((text) => text !== first))
    throw new AppError(
      'PROJECT_INVALID',
      `"${name}" differs between the targets of the env; a declarative rollout has one`,
      {
        next: 'split the env in two',
      },
    );
  return envs[0] === undefined ? [] : read(envs[0]);
}

/** Variables of the desired state: those given, over attributes that are the same in the whole env. */
function inputsOf(
  envs: readonly EvaluatedEnv[],
  vars: NonNullable<StartRolloutBody['vars']>,
): ReadonlyMap<string, hcl.Value> {
  const [first, ...others] = envs;
  const common = [...(first?.extra ?? [])].filter(([name, value]) =>
    others.every(({ extra }) => {
      const other = extra?.get(name);
      return other !== undefined && hcl.sameValue(value, other);
    }),
  );
  return new Map([...common, ...Object.entries(vars).map(([name, value]) => [name, hcl.fromPlain(value)] as const)]);
}
