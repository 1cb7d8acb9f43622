import { kills } from './kills/kills.ts';
import type { Scenario } from './rig/scenario.ts';

/** Everything that `npm run faults` runs, in this order. */
export const SCENARIOS: readonly Scenario[] = [kills];
