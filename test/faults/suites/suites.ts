import type { Scenario } from '../rig/scenario.ts';
import { suiteScenario } from './suite-scenario.ts';

const integration = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `test/integration/${name}.test.ts`);

export const SUITES: readonly Scenario[] = [
  suiteScenario({
    name: 'readers',
    covers: ['F3'],
    shows:
      'an application reads at 200/s behind a lock that is held: it waits no longer than lock_timeout, and the change lands',
    files: integration('readers'),
    long: 5,
  }),
  suiteScenario({
    name: 'connections',
    covers: ['F4'],
    shows: 'a server with two connections left: fewer targets at once, none fails, the application keeps its own',
    files: integration('no-connection-left'),
    long: 5,
  }),
  suiteScenario({
    name: 'pooler',
    covers: ['F8'],
    shows: 'PgBouncer in transaction mode: nothing leaks into shared sessions, what needs one of its own is refused',
    files: integration('pgbouncer'),
    long: 5,
  }),
  suiteScenario({
    name: 'churn',
    covers: ['F12'],
    shows: 'tenants made and dropped ten times a second: none missed, none failed for being gone, what is told is true',
    files: integration('rollouts/churn'),
    long: 10,
  }),
  suiteScenario({
    name: 'secrets',
    covers: ['F14'],
    shows: 'passwords planted in every form: in no log, event, file, argument, metric, or history of Temporal',
    files: integration('rollouts/secrets'),
    long: 3,
  }),
  suiteScenario({
    name: 'network',
    covers: ['F17'],
    shows:
      'black hole, RST, half-open, stall, trickle in each phase: the slot is freed, an unknown outcome is looked up',
    files: integration('network'),
    long: 5,
  }),
  suiteScenario({
    name: 'long-statement',
    covers: ['F18'],
    shows:
      'pause --now in statements of 30 s and in CREATE INDEX CONCURRENTLY: cancelled at once, no INVALID index left',
    files: integration('rollouts/pause-now'),
    long: 5,
  }),
  suiteScenario({
    name: 'way-back',
    covers: ['F21'],
    shows: 'cut at a random point and taken back, each kind of fleet: as before, the untouched get no connection',
    files: integration('rollouts/revert'),
    long: 20,
  }),
];
