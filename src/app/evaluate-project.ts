import type { EvaluatedProject, EvaluatedTarget, MigrationConfig, ProjectResult } from '../config/types.ts';
import { type ApplyHooks, type Diagnostic, renderDiagnostic } from '../engine/index.ts';
import { AppError, ERRORS, type ErrorCode, type ErrorDetail } from '../shared/errors.ts';
import type { Projects } from './ports.ts';

/** A target of the fleet with what its env block says of migrations. */
export interface FleetTarget {
  readonly target: EvaluatedTarget;
  readonly migration: MigrationConfig | undefined;
  readonly hooks: ApplyHooks | undefined;
}

export interface Fleet {
  readonly project: EvaluatedProject;
  readonly targets: readonly FleetTarget[];
}

/**
 * Evaluates an env into its targets, from the project's folder or from a snapshot.
 * @throws AppError with every diagnostic, file, line and column; ENV_WITHOUT_TARGETS, TARGET_ID_CLASH
 */
export async function evaluateFleet(
  projects: Projects,
  of: {
    readonly project: string;
    readonly env: string;
    readonly vars: Readonly<Record<string, string | readonly string[]>>;
  },
  files?: Readonly<Record<string, string>>,
): Promise<Fleet> {
  const options = files === undefined ? { vars: of.vars } : { vars: of.vars, files };
  const result = await projects.evaluate(of.project, of.env, options);
  if (result.value === undefined) throw projectError(result);
  const targets = result.value.envs.flatMap(({ target, migration, hooks }) =>
    target === undefined ? [] : [{ target, migration, hooks }],
  );
  if (targets.length === 0) {
    throw new AppError('ENV_WITHOUT_TARGETS', `env "${of.env}" of project "${of.project}" yields no target`, {
      next: 'check for_each of the env and the data source that it reads',
    });
  }
  refuseClashes(targets, of.env);
  return { project: result.value, targets };
}

function refuseClashes(targets: readonly FleetTarget[], env: string): void {
  const urls = new Map<string, string>();
  for (const { target } of targets) {
    const other = urls.get(target.id);
    if (other !== undefined) {
      throw new AppError(
        'TARGET_ID_CLASH',
        `two targets of env "${env}" have the id "${target.id}": ${other} and ${target.url.redacted}`,
        { next: 'set target = "<id>" in the env, different for each of them' },
      );
    }
    urls.set(target.id, target.url.redacted);
  }
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** The first problem as message, all of them as details. A diagnostic whose code is one of the registry keeps it. */
function projectError({ diagnostics, text, sources }: Extract<ProjectResult, { readonly value: undefined }>): AppError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const code = errors.map((one) => one.code).find(isErrorCode) ?? 'PROJECT_INVALID';
  return new AppError(code, text === '' ? describe(errors[0]) : text, {
    ...(code === 'PROJECT_INVALID' ? { next: 'mend the project file, then start again' } : {}),
    details: errors.map((one) => toDetail(one, frameOf(one, sources, errors.length === 1))),
  });
}

function describe(diagnostic: Diagnostic | undefined): string {
  if (diagnostic === undefined) return 'the project cannot be evaluated';
  const at = diagnostic.subject;
  const place = at === undefined ? '' : `${at.file}:${at.start.line}:${at.start.column}: `;
  return `${place}${diagnostic.summary}${diagnostic.detail === '' ? '' : `; ${diagnostic.detail}`}`;
}

function frameOf(diagnostic: Diagnostic, sources: ReadonlyMap<string, string>, isOnly: boolean): string {
  const frame = renderDiagnostic(diagnostic, sources);
  // The message has said its first line already.
  return isOnly ? frame.slice(frame.indexOf('\n') + 1) : frame;
}

const toDetail = (diagnostic: Diagnostic, frame: string): ErrorDetail => ({
  message:
    (diagnostic.detail === '' ? diagnostic.summary : `${diagnostic.summary}: ${diagnostic.detail}`) +
    (diagnostic.hint === undefined ? '' : `. ${diagnostic.hint}`),
  ...(diagnostic.subject === undefined
    ? {}
    : {
        file: diagnostic.subject.file,
        line: diagnostic.subject.start.line,
        column: diagnostic.subject.start.column,
        frame,
      }),
});
