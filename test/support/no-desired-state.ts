import type { Engine } from '../../src/engine/index.ts';

const notHere = async (): Promise<never> => {
  throw new Error('no desired state is asked for here');
};

/** For engines of tests that are about versioned rollouts. */
export const NO_DESIRED_STATE: Pick<Engine, 'applyState' | 'revertState' | 'surveyStates' | 'loadDesired'> = {
  applyState: notHere,
  revertState: notHere,
  surveyStates: notHere,
  loadDesired: notHere,
};
