/** The engine's front door: everyone outside src/engine imports this file only. */

export type { Change } from './changes/change.ts';
export { createEngine, type EngineDeps } from './create-engine.ts';
export { atlasText, rangeText } from './diagnostics/atlas-text.ts';
export type { Diagnostic, Position, Range } from './diagnostics/diagnostic.ts';
export { didYouMean, nearestName } from './diagnostics/nearest-name.ts';
export { renderDiagnostic } from './diagnostics/render-diagnostic.ts';
export { SourceText } from './diagnostics/source-text.ts';
export type { Dialect } from './dialects/dialect.ts';
export type { DialectName, ScannerName } from './dialects/dialect-name.ts';
export { SCAN_OPTIONS } from './dialects/index.ts';
export { parseDatabaseUrl } from './dialects/parse-database-url.ts';
export type { ScanOptions } from './dialects/scan-options.ts';
export { type ScannedStatement, type ScanProblem, scanText } from './dialects/scan-statements.ts';
export type { Statement } from './dialects/statement.ts';
export { checkSum, parseSum, printChecksumNotice, printSum, SUM_FILE } from './directory/atlas-sum.ts';
export { computeSum, partialHashes, type Sum } from './directory/checksum.ts';
export {
  computePending,
  isPartial,
  METADATA_VERSION,
  type OutOfOrder,
  orderRevisions,
  type Pending,
  type PendingInput,
} from './directory/compute-pending.ts';
export { findNoWayBack } from './directory/find-no-way-back.ts';
export { formatNewFile, formatPlan, type NewFile, newVersion, type PlannedChange } from './directory/format-plan.ts';
export { DIRECTORY_FORMATS, parseDirectoryFormat, selectFiles } from './directory/formats.ts';
export { importDirectory } from './directory/import-directory.ts';
export {
  type DirectoryTexts,
  hashDirectory,
  type OpenedDirectory,
  openDirectory,
  readUnverified,
} from './directory/open-directory.ts';
export { type PreparedFile, prepareFiles, resumeAt } from './directory/prepare-files.ts';
export { readChecks } from './directory/read-checks.ts';
export { type ScanResult, scanSection, scanStatements } from './directory/scan-file.ts';
export type * from './directory/types.ts';
export { atlasFunctions } from './go-template/atlas-functions.ts';
export { GO_TYPE, GoFloat, type GoFunction } from './go-template/go-values.ts';
export { TemplateError } from './go-template/template-error.ts';
export {
  createTemplateSet,
  renderTemplate,
  type TemplateOptions,
  type TemplateSet,
} from './go-template/template-set.ts';
export * as hcl from './hcl/index.ts';
export { printStatements } from './plan/plan-changes.ts';
export { planCreation, planRealms } from './plan/plan-realms.ts';
export type * from './run/apply-hooks.ts';
export { declare, withoutExcluded } from './run/declared/declare.ts';
export type * from './run/declared/types.ts';
export { type DesiredState, NO_DEV } from './run/schema/desired-state.ts';
export type { PlanOutcome } from './run/schema/run-plan.ts';
export { dialectOf } from './run/schema/schema-of.ts';
export type * from './run/types.ts';
export { DEFAULT_LIMITS } from './run/types.ts';
export { excludeFrom, parsePatterns } from './schema/exclude.ts';
export { emptied, type Realm } from './schema/realm.ts';
export { reattach } from './schema/reattach.ts';
export { renameSchema } from './schema/rename-schema.ts';
export { fingerprintRealm } from './spec/fingerprint-realm.ts';
export { printRealm } from './spec/print-realm.ts';
export { readDocument, type SourceFile } from './spec/read-document.ts';
export type { DatabaseUrl } from './url/database-url.ts';
