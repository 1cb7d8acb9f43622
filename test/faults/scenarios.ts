import { budget } from './budget/budget.ts';
import { orders } from './budget/orders.ts';
import { clock } from './clock/clock.ts';
import { deploy } from './deploy/deploy.ts';
import { duplicates } from './duplicates/duplicates.ts';
import { fullDisk } from './full-disk/full-disk.ts';
import { tenantDisk } from './full-disk/tenant-disk.ts';
import { history } from './history/history.ts';
import { kills } from './kills/kills.ts';
import { frozen } from './pauses/frozen.ts';
import { pauses } from './pauses/pauses.ts';
import type { Scenario } from './rig/scenario.ts';
import { skew } from './skew/skew.ts';
import { SUITES } from './suites/suites.ts';
import { tamper } from './tamper/tamper.ts';
import { twoDaemons } from './two-daemons/two-daemons.ts';

/** Everything that `npm run faults` runs, in this order. */
export const SCENARIOS: readonly Scenario[] = [
  orders,
  duplicates,
  budget,
  pauses,
  frozen,
  twoDaemons,
  kills,
  fullDisk,
  tenantDisk,
  clock,
  skew,
  history,
  deploy,
  tamper,
  ...SUITES,
];
