import type { Declared, Refusal, StateOutcome, SurveyOutcome } from '../../engine/index.ts';
import type { RolloutChange } from './rollout-change.ts';

/** A desired state, by the plans that were approved for the states of the fleet: see docs/decisions/0012. */
export function declaredChange(declared: Declared): RolloutChange {
  return {
    bringForward: (engine, { target, claimed }, options, callbacks) => {
      const { lock, limits, sessionName, lockRetries, txMode, operation } = options;
      const isResumed = operation?.isResumed === true && claimed.version !== null;
      return engine.applyState(
        target,
        declared,
        {
          ...{ lock, limits, sessionName, lockRetries, txMode },
          ...(isResumed ? { resumedFrom: claimed.fromVersion ?? claimed.version ?? '' } : {}),
        },
        callbacks,
      );
    },
    takeBack: (engine, { target, claimed }, { skipChecks }, options, callbacks) => {
      const { lock, limits, sessionName, lockRetries } = options;
      const to = claimed.fromVersion ?? '';
      return engine.revertState(
        target,
        declared,
        { to, skipChecks, lock, limits, sessionName, lockRetries },
        callbacks,
      );
    },
    survey: async (engine, targets, { limits }) => {
      const states = await engine.surveyStates(targets, { exclude: declared.exclude, limits });
      return states.map((state) => standingOf(declared, state));
    },
    surveysTogether: () => false,
    findNoWayBack: (_dialect, { from }) => noWayBack(declared, from),
  };
}

/** @param state as it was found; one that has no plan is refused when its turn comes */
export function standingOf({ plans }: Declared, state: StateOutcome): SurveyOutcome {
  if (state.kind === 'refused') return state;
  const way = plans.find(({ from }) => from === state.name)?.forward;
  if (way !== undefined && 'refused' in way) {
    const { code, text } = way.refused;
    return { kind: 'refused', error: { class: 'permanent', code, message: text, fingerprint: code } };
  }
  const isThere = way !== undefined && way.statements.length === 0;
  return { kind: 'standing', current: state.name, pending: isThere ? [] : [state.name] };
}

function noWayBack({ plans }: Declared, from: string): readonly Refusal[] {
  const back = plans.find((plan) => plan.from === from)?.back;
  if (back !== undefined && 'statements' in back) return [];
  const why = back === undefined ? 'it was not planned for' : back.refused.text;
  return [{ kind: 'refused', code: 'DOWN_NO_WAY_BACK', text: `there is no way back to state "${from}": ${why}` }];
}
