import type { SurveyOutcome } from '../../engine/index.ts';
import type { RolloutKind } from '../../shared/states.ts';
import type { PlanView, StartRolloutBody } from '../../shared/wire.ts';
import type { AppDeps } from '../deps.ts';
import type { Fleet, FleetTarget } from '../evaluate-project.ts';
import { findDirectory, findVersion, openVerifiedDirectory } from '../open-verified-directory.ts';
import { distinctPlans } from '../plan/distinct-plans.ts';
import { surveyFleet } from '../plan/survey-fleet.ts';
import { prepareDeclared } from './prepare-declared.ts';
import type { ChangeSource, RolloutChange } from './rollout-change.ts';
import { versionedChange } from './versioned-change.ts';

/** What a rollout would bring, ready to be planned or frozen. */
export interface PreparedChange {
  readonly kind: RolloutKind;
  readonly toVersion: string;
  /** Stands for what is run: what an approval is given for. */
  readonly digest: string;
  readonly source: ChangeSource;
  readonly change: RolloutChange;
  /** Where targets stand, by id, as far as that had to be found out. */
  readonly standing: ReadonlyMap<string, string>;
  plan(): Promise<{ readonly outcomes: readonly SurveyOutcome[]; readonly plans: PlanView['plans'] }>;
}

/**
 * The change that a body asks for: a desired state, or a version of a directory. A desired state is planned from the states of the targets, so
 * each is looked at; a version connects to none before `plan`.
 * @param targets those that are not left out
 */
export const prepareChange = (
  deps: AppDeps,
  body: StartRolloutBody,
  fleet: Fleet,
  targets: readonly FleetTarget[],
): Promise<PreparedChange> =>
  body.desired === undefined
    ? prepareVersioned(deps, body, fleet, targets)
    : prepareDeclared(deps, body, body.desired, fleet, targets);

async function prepareVersioned(
  deps: AppDeps,
  body: StartRolloutBody,
  fleet: Fleet,
  targets: readonly FleetTarget[],
): Promise<PreparedChange> {
  const { memoryDirectories } = fleet.project;
  const source = await findDirectory(
    deps.projects,
    body.project,
    { targets: fleet.targets, memoryDirectories },
    body.directory,
  );
  const directory = openVerifiedDirectory(source);
  const toVersion = findVersion(directory, body.toVersion ?? fleet.targets[0]?.migration?.toVersion);
  const change = versionedChange(source, directory);
  return {
    kind: 'versioned',
    toVersion,
    digest: directory.digest,
    source,
    change,
    standing: new Map(),
    async plan() {
      const outcomes = await surveyFleet(deps, targets, (own, execOrder) =>
        change.survey(deps.engine, own, { toVersion, execOrder, limits: deps.settings.limits }),
      );
      return { outcomes, plans: distinctPlans(targets, outcomes, directory) };
    },
  };
}
