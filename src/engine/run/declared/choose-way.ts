import { AppError } from '../../../shared/errors.ts';
import type { Realm } from '../../schema/realm.ts';
import { type Worded, wordRefusal } from '../target-error.ts';
import { type ReadyState, realmOf, statementsOf, stateName } from './declare.ts';
import type { StatePlan, Way } from './types.ts';

/** What is to be run on a target in a state. */
export type Chosen =
  | {
      readonly kind: 'way';
      /** The state that the plan begins with. */
      readonly from: string;
      readonly statements: readonly string[];
      /** The rest of a plan, part of which an earlier try has run. */
      readonly isRest: boolean;
    }
  /** It stands where it is to stand. */
  | { readonly kind: 'there' }
  | { readonly kind: 'refused'; readonly worded: Worded };

const refuse = (code: Parameters<typeof wordRefusal>[0]['code'], text: string): Chosen => ({
  kind: 'refused',
  worded: wordRefusal({ code, text }),
});

/** The approved plan for a target's state: that of the state, or one whose statements are what is still needed. */
export function chooseForward({ dialect, desired, plans }: ReadyState, realm: Realm): Chosen {
  const known = plans.get(stateName(dialect, realm));
  if (known !== undefined) return ofWay(known, known.forward);
  return chooseAnew([...plans.values()], 'forward', () => statementsOf(dialect, realm, desired), {
    code: 'PLAN_DRIFTED',
    text: `the schema has drifted since the plan: its state is none of the ${plans.size} that were planned for, and what it needs was not approved`,
  });
}

/** The way back to a state, from the desired one, or from within the way there. */
export function chooseBack({ dialect, desired, plans }: ReadyState, realm: Realm, to: string): Chosen {
  const plan = plans.get(to);
  if (plan === undefined)
    return refuse('DOWN_NO_WAY_BACK', `state "${to}" is none of those that the rollout has planned for`);
  if (stateName(dialect, realm) === to) return { kind: 'there' };
  const isThere = (): boolean => statementsOf(dialect, realm, desired).length === 0;
  if ('refused' in plan.back) return ofWay(plan, plan.back);
  try {
    if (isThere()) return ofWay(plan, plan.back);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  return chooseAnew([plan], 'back', () => statementsOf(dialect, realm, realmOf(dialect, plan)), {
    code: 'DOWN_MOVED_ON',
    text: 'the schema is not in the state that the rollout has left it in: it is left as it is',
  });
}

function ofWay({ from }: StatePlan, way: Way): Chosen {
  if ('refused' in way) return refuse(way.refused.code, way.refused.text);
  return way.statements.length === 0
    ? { kind: 'there' }
    : { kind: 'way', from, statements: way.statements, isRest: false };
}

/** What a state needs is run only where it is a plan that was approved, or the end of one. */
function chooseAnew(
  plans: readonly StatePlan[],
  side: 'forward' | 'back',
  plan: () => readonly string[],
  otherwise: { readonly code: 'PLAN_DRIFTED' | 'DOWN_MOVED_ON'; readonly text: string },
): Chosen {
  let statements: readonly string[];
  try {
    statements = plan();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return refuse(otherwise.code, `${otherwise.text} (${error.message})`);
  }
  if (statements.length === 0) return { kind: 'there' };
  const fitting = plans.flatMap((one) => {
    const way = one[side];
    return 'statements' in way && isEndOf(statements, way.statements) ? [{ one, length: way.statements.length }] : [];
  });
  // A whole plan before a part of one.
  const [best] = fitting.toSorted((a, b) => a.length - b.length);
  if (best === undefined) return refuse(otherwise.code, otherwise.text);
  return { kind: 'way', from: best.one.from, statements, isRest: best.length > statements.length };
}

const isEndOf = (part: readonly string[], whole: readonly string[]): boolean =>
  part.length <= whole.length && part.every((text, i) => text === whole[whole.length - part.length + i]);
