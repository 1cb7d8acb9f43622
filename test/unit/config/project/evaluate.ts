/** Evaluates HCL text with everything outside faked at the ports. */
import { evaluateProject } from '../../../../src/config/project/evaluate-project.ts';
import type { EvaluateProjectRequest } from '../../../../src/config/project/request.ts';
import { snapshotFiles } from '../../../../src/config/project/snapshot-files.ts';
import type { DataSourcePorts, EvaluatedProject, ProjectResult } from '../../../../src/config/types.ts';

export interface Given {
  readonly env?: string;
  readonly vars?: Readonly<Record<string, string | readonly string[]>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly query?: DataSourcePorts['query'];
  readonly runProgram?: DataSourcePorts['runProgram'];
  readonly readSecretFile?: DataSourcePorts['readSecretFile'];
  readonly more?: Partial<EvaluateProjectRequest>;
}

const unexpected = (what: string) => async (): Promise<never> => {
  throw new Error(`${what} was not to be called`);
};

export function evaluate(hcl: string, given: Given = {}): Promise<ProjectResult> {
  return evaluateProject({
    files: snapshotFiles({ 'atlas.hcl': hcl, ...given.files }),
    config: ['atlas.hcl'],
    env: given.env ?? 'prod',
    vars: given.vars ?? {},
    ports: {
      query: given.query ?? unexpected('query'),
      runProgram: given.runProgram ?? unexpected('runProgram'),
      readSecretFile: given.readSecretFile ?? unexpected('readSecretFile'),
    },
    getenv: (name) => given.environment?.[name],
    ...given.more,
  });
}

/** The value of a project without mistakes. */
export async function evaluated(hcl: string, given: Given = {}): Promise<EvaluatedProject> {
  const result = await evaluate(hcl, given);
  if (result.value === undefined) throw new Error(result.text);
  return result.value;
}

/** Text of the first error, and `line: code summary detail` of all. */
export async function refused(hcl: string, given: Given = {}) {
  const result = await evaluate(hcl, given);
  if (result.value !== undefined) throw new Error('the project has no mistake');
  const lines = result.diagnostics.map(
    ({ code, subject, summary, detail }) =>
      `${subject?.start.line ?? '-'}: ${code} ${summary}${detail === '' ? '' : `; ${detail}`}`,
  );
  return { text: result.text, lines, diagnostics: result.diagnostics };
}
