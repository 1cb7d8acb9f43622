import {
  type DialectName,
  type Directory,
  type MigrationFile,
  readChecks,
  type SurveyOutcome,
  scanStatements,
} from '../../engine/index.ts';
import type { PlanStatement, PlanView } from '../../shared/wire.ts';
import type { FleetTarget } from '../evaluate-project.ts';
import { lockNote } from './lock-notes.ts';

type Plan = PlanView['plans'][number];

/** One plan for each distinct (dialect, starting version, files): how many targets share it. Oldest start first. */
export function distinctPlans(
  fleet: readonly FleetTarget[],
  outcomes: readonly SurveyOutcome[],
  directory: Directory,
): readonly Plan[] {
  const plans = new Map<
    string,
    { count: number; readonly from: string; readonly pending: readonly string[]; readonly dialect: DialectName }
  >();
  for (const [i, outcome] of outcomes.entries()) {
    const dialect = fleet[i]?.target.url.dialect;
    if (outcome.kind !== 'standing' || dialect === undefined) continue;
    const key = JSON.stringify([dialect, outcome.current, outcome.pending]);
    const plan = plans.get(key) ?? { count: 0, from: outcome.current, pending: outcome.pending, dialect };
    plan.count += 1;
    plans.set(key, plan);
  }
  return Array.from(plans.values())
    .toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : b.count - a.count))
    .map(({ count, from, pending, dialect }) => {
      const files = pending.flatMap((name) => fileOf(directory, name) ?? []);
      return {
        from,
        to: files.at(-1)?.version ?? from,
        count,
        files: files.map(({ name }) => name),
        checks: files.flatMap((file) => checksOf(file, dialect)),
        statements: files.flatMap((file) => statementsOf(file, dialect)),
      };
    });
}

const fileOf = (directory: Directory, name: string): MigrationFile | undefined =>
  directory.files.find((file) => file.name === name || file.version === name);

function checksOf(file: MigrationFile, dialect: DialectName): Plan['checks'] {
  const read = readChecks(file, dialect);
  const count = read.kind === 'checks' ? read.checks.reduce((sum, { assertions }) => sum + assertions.length, 0) : 0;
  return count === 0 ? [] : [{ file: file.name, count }];
}

function statementsOf(file: MigrationFile, dialect: DialectName): readonly PlanStatement[] {
  const scanned = scanStatements(file, dialect);
  if ('problem' in scanned) return [];
  return scanned.statements.map(({ text }) => {
    const lock = lockNote(dialect, text);
    return { file: file.name, sql: text, ...(lock === undefined ? {} : { lock }) };
  });
}
