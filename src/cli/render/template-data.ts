/**
 * What templates get. Every field is there for `{{ .Field }}`, also an empty one, while `{{ json . }}` leaves out what Go's
 * `omitempty` leaves out: hence the toJSON, which does not count as a field.
 */
import { GO_TYPE } from '../../engine/index.ts';
import type { ApplyReport, CheckFileReport, FileName } from './migrate-apply-report.ts';
import type { DownReport } from './migrate-down-report.ts';
import type { MigrateStatus, RevisionReport } from './migrate-status.ts';

type Fields = Readonly<Record<string, unknown>>;

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0);

/**
 * @param always fields that are printed even when empty
 * @param goType Go's name of the type, for the texts of mistakes in templates
 */
function omittingEmpty(fields: Fields, always: readonly string[], goType: string): Fields {
  const json = Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => always.includes(name) || !isEmpty(value)),
  );
  return Object.defineProperty({ ...fields, [GO_TYPE]: goType }, 'toJSON', { value: () => json, enumerable: false });
}

const fileData = (file: FileName): Fields => omittingEmpty({ ...file }, ['Name', 'Version'], 'cmdlog.File');

const ofList = <T>(items: readonly T[] | null, map: (item: T) => Fields): readonly Fields[] | null =>
  items === null ? null : items.map(map);

const checkFileData = ({ Stmts, ...check }: CheckFileReport): Fields =>
  omittingEmpty(
    { ...check, Stmts: ofList(Stmts, (one) => omittingEmpty({ ...one }, ['Stmt'], '*cmdlog.CheckStmt')) },
    ['Start', 'End'],
    '*cmdlog.FileChecks',
  );

export const applyTemplateData = (report: ApplyReport): Fields =>
  omittingEmpty(
    {
      ...report,
      Pending: ofList(report.Pending, fileData),
      Applied: ofList(report.Applied, (file) =>
        omittingEmpty(
          { ...file, Checks: ofList(file.Checks, checkFileData) },
          ['Name', 'Version', 'Start', 'End'],
          '*cmdlog.AppliedFile',
        ),
      ),
    },
    ['Start', 'End'],
    '*cmdlog.MigrateApply',
  );

export const downTemplateData = (report: DownReport): Fields =>
  omittingEmpty(
    {
      ...report,
      Planned: ofList(report.Planned, fileData),
      Reverted: ofList(report.Reverted, ({ Checks: _, ...file }) =>
        omittingEmpty(file, ['Name', 'Version', 'Start', 'End'], '*cmdlog.RevertedFile'),
      ),
    },
    ['Start', 'End'],
    '*cmdlog.MigrateDown',
  );

const REVISION_ALWAYS = [
  'Version',
  'Description',
  'Type',
  'Applied',
  'Total',
  'ExecutedAt',
  'ExecutionTime',
  'OperatorVersion',
];

const revisionData = (row: RevisionReport): Fields => omittingEmpty({ ...row }, REVISION_ALWAYS, '*migrate.Revision');

export const statusTemplateData = (status: MigrateStatus): Fields =>
  omittingEmpty(
    {
      ...status,
      Available: ofList(status.Available, fileData),
      OutOfOrder: ofList(status.OutOfOrder, fileData),
      Pending: ofList(status.Pending, fileData),
      Applied: ofList(status.Applied, revisionData),
    },
    ['Env'],
    '*cmdlog.MigrateStatus',
  );
