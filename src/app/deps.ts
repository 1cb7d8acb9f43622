import type { Engine } from '../engine/index.ts';
import type { Clock } from '../shared/clock.ts';
import type { EventSink } from '../shared/events.ts';
import type { SpanSink } from '../shared/spans.ts';
import type { Store } from '../store/types.ts';
import type { ChangeEngine } from './change/rollout-change.ts';
import type { Projects, RolloutWorkflows } from './ports.ts';
import type { RunningTargets } from './running-targets.ts';
import type { AppSettings } from './settings.ts';
import type { Flights } from './shared-flights.ts';
import type { TargetResolver } from './target-resolver.ts';

/** What the use cases are made of; bin/ builds it once a process. */
export interface AppDeps {
  readonly store: Store;
  readonly projects: Projects;
  readonly workflows: RolloutWorkflows;
  readonly engine: ChangeEngine & Pick<Engine, 'loadDesired'>;
  /** Shared with the activities of the same process. */
  readonly resolver: TargetResolver;
  readonly running: RunningTargets;
  readonly flights: Flights;
  readonly events: EventSink;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly settings: AppSettings;
  /** undefined: no traces are kept. */
  readonly traces?: SpanSink | undefined;
  /** Ends what goes on in the background: starts and messages that Temporal has not taken yet. */
  readonly signal: AbortSignal;
}
