import type { Directory } from '../directory/types.ts';
import type { Planned } from './plan-target.ts';
import type { History } from './ports.ts';
import type { ApplyOptions, Revision } from './types.ts';

/** Where the next target is expected to stand, because the ones before it stood there, and what is then to be run. */
export interface Expectation {
  readonly rows: readonly Revision[];
  readonly plan: Planned;
}

/** What many targets have in common: most of a fleet stands at the same version. A guess, which is checked on each target. */
export interface Expectations {
  /** Only where two targets in a row stood the same: a wrong guess costs a target a message to its server. */
  of(directory: Directory, options: ApplyOptions): Expectation | undefined;
  saw(directory: Directory, options: ApplyOptions, history: History, plan: Planned): void;
  missed(directory: Directory, options: ApplyOptions): void;
}

interface Latest extends Expectation {
  readonly standing: string;
  isSure: boolean;
}

export function createExpectations(): Expectations {
  const byDirectory = new WeakMap<Directory, Map<string, Latest>>();
  const latestOf = (directory: Directory): Map<string, Latest> => {
    const known = byDirectory.get(directory) ?? new Map<string, Latest>();
    byDirectory.set(directory, known);
    return known;
  };
  return {
    of(directory, options) {
      const latest = latestOf(directory).get(keyOf(options));
      return latest?.isSure === true ? latest : undefined;
    },
    saw(directory, options, history, plan) {
      if (history.kind !== 'history' || !isPlain(plan)) return;
      const standing = standingOf(history.rows);
      const known = latestOf(directory);
      const latest = known.get(keyOf(options));
      if (latest?.standing === standing) latest.isSure = true;
      else known.set(keyOf(options), { rows: history.rows, plan, standing, isSure: false });
    },
    missed(directory, options) {
      const latest = latestOf(directory).get(keyOf(options));
      if (latest !== undefined) latest.isSure = false;
    },
  };
}

/** What the plan depends on, beside the history. */
const keyOf = ({ amount, toVersion, txMode, execOrder, baseline, allowDirty }: ApplyOptions): string =>
  JSON.stringify([amount, toVersion, txMode, execOrder, baseline, allowDirty]);

/** What of the rows a plan without a half done file depends on. */
const standingOf = (rows: readonly Revision[]): string =>
  JSON.stringify(rows.map(({ version, type, applied, total }) => [version, type, applied, total]));

/** Nothing but whole files on a table that is there: the rest depends on more of a target than its revisions. */
const isPlain = ({ runs, pending, hasTable, isBegun }: Planned): boolean =>
  hasTable &&
  !isBegun &&
  runs.length > 0 &&
  pending.baseline === undefined &&
  runs.every(({ row }) => row === undefined);
