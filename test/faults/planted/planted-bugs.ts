/**
 * Bugs that the rig has to find. Each is an edit of one source file, made in a throw-away copy of the repository (planted/run-planted.ts): what
 * is shipped holds no switch, no variable and no branch that could turn one on (docs/decisions/0008).
 */
export interface PlantedBug {
  readonly name: string;
  /** What it breaks, in one line. */
  readonly breaks: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Where the rig sees it: scenario, first seed, and how many schedules it may take. */
  readonly scenario: string;
  readonly seed: number;
  readonly schedules: number;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'budget off by one',
    breaks: 'max_failures + 2 targets fail',
    file: 'src/rollout/size-slice.ts',
    find: 'Math.max(0, maxFailures + 1 - failed)',
    replace: 'Math.max(0, maxFailures + 2 - failed)',
    scenario: 'budget',
    seed: 3,
    schedules: 1,
  },
  {
    name: 'gate read not checked',
    breaks: 'targets start after the acknowledgement of a pause',
    file: 'src/app/gate-reader.ts',
    find: "if (gate === undefined || gate.state !== 'open' || gate.epoch !== epoch) return false;",
    replace: 'if (gate === undefined || gate.epoch !== epoch) return false;',
    scenario: 'pauses',
    seed: 1,
    schedules: 1,
  },
  {
    name: 'claim not released',
    breaks: 'targets that a slice did not start stay claimed, and the rollout never ends',
    file: 'src/store/slices.ts',
    find: 'const released = options.release ? Array.from(held.values()) : [];',
    replace: 'const released: TargetRow[] = [];',
    scenario: 'pauses',
    seed: 1,
    schedules: 1,
  },
  {
    name: 'intent skipped',
    breaks: 'DDL that landed before a crash is run again',
    file: 'src/engine/drivers/mysql/mysql-session.ts',
    find: "await ask([upsertRevision(place.table, withIntent(step, statement, evidence)), 'COMMIT']);",
    replace: "withIntent(step, statement, evidence); await ask(['COMMIT']);",
    scenario: 'kills',
    seed: 4,
    schedules: 1,
  },
  {
    name: 'row written after commit',
    breaks: 'DML is committed before its progress, and is run again after a crash between the two',
    file: 'src/engine/drivers/mysql/mysql-session.ts',
    find: "      await run(statement);\n      reach('transaction-open');",
    replace: "      await run(statement);\n      await ask(['COMMIT']);\n      reach('transaction-open');",
    scenario: 'kills',
    seed: 550,
    schedules: 1,
  },
];
