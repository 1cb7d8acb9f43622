import type { GoColours } from './go-colours.ts';

/** Above the footer of Atlas's reports. */
export const RULE = '  -------------------------';

/** One line each, its further lines below its first. */
export const renderStatements = (statements: readonly string[], cyan: GoColours['cyan']): readonly string[] =>
  statements.map((statement) => `    ${cyan('->')} ${statement.replaceAll('\n', '\n       ')}`);

/** `2 migrations`, `1 migration ok, 1 with errors`, `1 migration with errors`; '' for none. */
export function summary(noun: string, ok: number, failed: number): string {
  const plural = (count: number): string => `${count} ${noun}${count > 1 ? 's' : ''}`;
  if (failed === 0) return ok === 0 ? '' : plural(ok);
  return ok === 0 ? `${plural(failed)} with errors` : `${plural(ok)} ok, ${failed} with errors`;
}
