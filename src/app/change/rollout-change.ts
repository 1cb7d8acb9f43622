/** What a rollout brings to its targets: all that a slice, a survey and a revert ask of it. One file for each kind. */
import type {
  ApplyCallbacks,
  ApplyOptions,
  ApplyOutcome,
  DatabaseUrl,
  Declared,
  DialectName,
  DownCallbacks,
  DownOutcome,
  Engine,
  MigrationTarget,
  Refusal,
  SurveyOptions,
  SurveyOutcome,
} from '../../engine/index.ts';
import type { ClaimedTarget, RolloutRow } from '../../store/types.ts';
import type { DirectorySource } from '../open-verified-directory.ts';
import { declaredChange } from './declared-change.ts';
import { versionedChange } from './versioned-change.ts';

/** As it is snapshotted. */
export type ChangeSource = DirectorySource | Declared;

/** What a change asks of the engine. */
export type ChangeEngine = Pick<
  Engine,
  'apply' | 'down' | 'survey' | 'surveysTogether' | 'applyState' | 'revertState' | 'surveyStates'
>;

/** A claimed target, as the engine takes it. */
export interface ChangeTarget {
  readonly target: MigrationTarget;
  readonly claimed: Pick<ClaimedTarget, 'version' | 'fromVersion'>;
}

export interface RolloutChange {
  bringForward(
    engine: ChangeEngine,
    target: ChangeTarget,
    options: ApplyOptions,
    callbacks: ApplyCallbacks,
  ): Promise<ApplyOutcome>;
  /** From where this rollout has left it (a half-done one: from where it stands) to where it stood before. */
  takeBack(
    engine: ChangeEngine,
    target: ChangeTarget,
    rollout: Pick<RolloutRow, 'toVersion' | 'skipChecks'>,
    options: ApplyOptions,
    callbacks: DownCallbacks,
  ): Promise<DownOutcome>;
  /** Where targets stand, and what they lack. */
  survey(
    engine: ChangeEngine,
    targets: readonly MigrationTarget[],
    options: SurveyOptions,
  ): Promise<readonly SurveyOutcome[]>;
  /** Whether a survey of many targets costs much less than a session each. */
  surveysTogether(engine: ChangeEngine, url: DatabaseUrl): boolean;
  /** Why targets that went this way cannot be taken back; asks none of them. */
  findNoWayBack(dialect: DialectName, span: { readonly from: string; readonly to: string }): readonly Refusal[];
}

/** @throws AppError DIRECTORY_CHECKSUM for a directory that is not as its sum says */
export const changeOf = (source: ChangeSource): RolloutChange =>
  'document' in source ? declaredChange(source) : versionedChange(source);
