import type { Statement } from '../../engine/index.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import type { PlanFile } from '../schema/plan-file.ts';
import { renderStatements } from './report-lines.ts';

const LONG_RULE = '-------------------------------------------';

const counted = (n: number): string => `(${n} ${n === 1 ? 'statement' : 'statements'} in total)`;
const plain = (text: string): string => text;

/** The plan as people read it before they approve it (atlas-engine.md 2.13). */
export function renderPlanned(
  statements: readonly Statement[],
  { from, to }: { readonly from: string; readonly to: string },
): string {
  const lines = statements.flatMap(({ comment, text }) => [
    ...(comment === '' ? [] : [`  -- ${comment}:`]),
    ...renderStatements([`${text};`], plain),
  ]);
  return `Planning migration from ${from} to ${to} ${counted(statements.length)}:\n\n${lines.join('\n')}\n\n${LONG_RULE}\n`;
}

/** Above the statements of a plan file that is being applied. */
export const renderApproved = (name: string, statements: readonly string[]): string =>
  `Applying approved migration using pre-planned file ${name} ${counted(statements.length)}:\n\n${renderStatements(statements, plain).join('\n')}\n`;

/** `schema plan --format`: the names of atlas-engine.md 8.4. */
export function renderPlanFile(
  deps: MigrateDeps,
  template: string,
  plan: {
    readonly file: PlanFile;
    readonly statements: readonly Statement[];
    readonly env: string | undefined;
    readonly place: string | undefined;
  },
): Promise<string> {
  const { file, statements, env, place } = plan;
  return deps.renderTemplate(
    template,
    {
      ...(env === undefined ? {} : { Env: env }),
      ...(statements.length === 0
        ? {}
        : {
            File: {
              Name: file.name,
              FromHash: file.from,
              ToHash: file.to,
              Migration: file.migration,
              Stmts: statements.map(({ text, comment }) => ({
                Text: text,
                ...(comment === '' ? {} : { Comments: [comment] }),
              })),
              ...(place === undefined ? {} : { URL: `file://${place}` }),
            },
          }),
    },
    {},
  );
}
