import type { ControlDeps } from '../../../src/app/control-rollout.ts';
import { createDelivery } from '../../../src/app/deliver-messages.ts';
import type { RolloutMessage, RolloutWorkflows } from '../../../src/app/ports.ts';
import { ownFlights } from '../../../src/app/shared-flights.ts';
import { AppError } from '../../../src/shared/errors.ts';
import { NO_DESIRED_STATE } from '../../support/no-desired-state.ts';
import { DIRECTORY, type SliceFixture, sliceFixture } from './slice-fixture.ts';

export const olga = { name: 'olga', role: 'operator' } as const;

export interface ControlFixture {
  readonly slices: SliceFixture;
  readonly deps: ControlDeps;
  /** What the workflow was told, in order. */
  readonly told: RolloutMessage[];
  readonly started: string[];
  /** How the workflow half answers. */
  temporal: {
    isDown: boolean;
    refuses: AppError | undefined;
    onSend: ((message: RolloutMessage) => Promise<void>) | undefined;
  };
  close(): Promise<void>;
}

/** The verbs over a real store, before a fake workflow that notes what it is told. */
export async function controlFixture(id: string): Promise<ControlFixture> {
  const slices = await sliceFixture(id);
  const ended = new AbortController();
  const told: RolloutMessage[] = [];
  const started: string[] = [];
  const temporal: ControlFixture['temporal'] = { isDown: false, refuses: undefined, onSend: undefined };
  const away = (): void => {
    if (temporal.isDown) throw new AppError('TEMPORAL_UNAVAILABLE', 'the Temporal server does not answer');
  };
  const workflows: RolloutWorkflows = {
    async start(rollout) {
      away();
      started.push(rollout.id);
      return 'started';
    },
    async send(_rollout, message) {
      away();
      if (temporal.refuses !== undefined) throw temporal.refuses;
      told.push(message);
      await temporal.onSend?.(message);
    },
  };
  const given = {
    ...slices.deps,
    engine: { ...NO_DESIRED_STATE, ...slices.deps.engine },
    projects: {
      names: () => [],
      readDirectory: async () => DIRECTORY,
      evaluate: () => Promise.reject(new Error('not asked')),
    },
    workflows,
    flights: ownFlights(slices.deps.running),
    random: () => 0.5,
    signal: ended.signal,
  };
  return {
    slices,
    deps: { ...given, delivery: createDelivery(given) },
    told,
    started,
    temporal,
    async close() {
      ended.abort(new Error('the test is over'));
      await slices.close();
    },
  };
}
