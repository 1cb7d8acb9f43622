import type { ErrorCode } from '../../../shared/errors.ts';
import type { TargetError } from '../../../shared/states.ts';
import type { DialectName } from '../../dialects/dialect-name.ts';
import type { Realm } from '../../schema/realm.ts';
import type { ApplyOptions, DownOptions, SessionLimits } from '../types.ts';

/** Statements from one state to another, or why there are none. */
export type Way =
  | { readonly statements: readonly string[] }
  | { readonly refused: { readonly code: ErrorCode; readonly text: string } };

/** What brings the targets of one state to the desired one, and back. */
export interface StatePlan {
  /** Names the state: see `stateName`. */
  readonly from: string;
  /** The state as a document of the schema language. */
  readonly document: string;
  readonly forward: Way;
  readonly back: Way;
}

/**
 * A desired state and the plans that were approved: all that an engine process needs to bring a target there, whatever changes meanwhile. Plain
 * data: it is frozen, sealed and digested as it is. Holds no secret of a target.
 */
export interface Declared {
  readonly dialect: DialectName;
  /** Names the desired state. */
  readonly to: string;
  /** The desired state as a document. */
  readonly document: string;
  /** Patterns of what is left alone. */
  readonly exclude: readonly string[];
  /** One for each distinct state that was found, that of the desired state too; by name. */
  readonly plans: readonly StatePlan[];
}

/** Where a target stands. */
export type StateOutcome =
  | { readonly kind: 'state'; readonly name: string; readonly realm: Realm }
  | { readonly kind: 'refused'; readonly error: TargetError };

export interface StateSurveyOptions {
  readonly exclude: readonly string[];
  readonly limits: SessionLimits;
}

type Shared = Pick<ApplyOptions, 'lock' | 'limits' | 'sessionName' | 'lockRetries'>;

export interface StateApplyOptions extends Shared {
  /** `none`: statement by statement, also where the database could roll them back together. */
  readonly txMode: ApplyOptions['txMode'];
  /**
   * The state in which the target was when it was planned, where an earlier try may have reached it: in the desired state it was brought there by
   * that try.
   */
  readonly resumedFrom?: string | undefined;
}

export interface StateRevertOptions extends Shared, Pick<DownOptions, 'skipChecks'> {
  /** The state to go back to: one of the plans'. */
  readonly to: string;
}
