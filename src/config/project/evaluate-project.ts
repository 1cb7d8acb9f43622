import { didYouMean, hcl } from '../../engine/index.ts';
import type { EvaluatedEnv, EvaluatedProject, ProjectResult } from '../types.ts';
import { BlockReader } from './block-reader.ts';
import { checkTargets } from './check-targets.ts';
import { checkThrottles } from './check-throttles.ts';
import { dataSourceOf } from './data-sources/data-source.ts';
import { Evaluator, expressionsOf } from './evaluator.ts';
import { expandEnv } from './expand-env.ts';
import { findDeployment, rolloutOf } from './find-deployment.ts';
import { fromFlag, inputVariables } from './input-variables.ts';
import { createPlacement } from './place-target.ts';
import { ProblemList } from './problem-list.ts';
import type { Deployment } from './read-deployment.ts';
import { headerOf, type ProjectSyntax, readSyntax } from './read-syntax.ts';
import type { EvaluateProjectRequest } from './request.ts';
import { createSecrets } from './secrets.ts';
import { selectEnvs } from './select-envs.ts';

/**
 * Evaluates one env of a project: its blocks expanded into targets, the deployment that it names, and a record of the files that were read.
 * Mistakes of the user come back as diagnostics, all that can be found in one go, with Atlas's text of the first error.
 * Rules: atlas-config-cli.md 1.1 to 1.9, 2.1, 2.3; DESIGN.md section 5.
 */
export async function evaluateProject(request: EvaluateProjectRequest): Promise<ProjectResult> {
  const secrets = createSecrets();
  const problems = new ProblemList(secrets);
  const fail = (): ProjectResult => ({
    value: undefined,
    diagnostics: problems.sorted(request.config),
    text: problems.firstText(request.config),
    sources: new Map(read.map(([path, text]) => [path, secrets.star(text)])),
  });
  const read: [string, string][] = [];
  const files = {
    read: async (path: string) => {
      const text = await readConfig(request, path, problems);
      read.push([path, text]);
      return text;
    },
    list: () => request.files.list(),
  };
  const syntax = await readSyntax(files, request.config, problems);
  // Half a file is not evaluated: it might run half a query.
  if (problems.hasErrors) return fail();

  const evaluator = new Evaluator(syntax, request, problems, secrets);
  for (const [path, text] of read) evaluator.files.note(path, text);
  refuseUnknownData(syntax, problems);
  evaluator.refuseCycles();
  await setVariables(syntax, request, evaluator, secrets);
  await evaluator.evaluateLocals();
  const selected = selectEnvs(syntax.envs, request.env);
  const deployment = await findDeployment(selected, syntax, evaluator, { parseUrl: request.parseUrl, secrets });
  const envs =
    request.env === '' ? [] : await expandEnvs({ selected, syntax, request, evaluator, deployment, secrets });
  if (deployment !== undefined) checkThrottles(deployment, envs, problems);
  if (problems.hasErrors) return fail();
  const value: EvaluatedProject = {
    envs,
    deployment:
      deployment === undefined
        ? undefined
        : {
            name: deployment.name,
            groups: deployment.groups.map(({ config }) => config),
            joiners: deployment.joiners,
            ...(deployment.maxShrink === undefined ? {} : { maxShrink: deployment.maxShrink }),
            ...(deployment.maxPerHour === undefined ? {} : { maxPerHour: deployment.maxPerHour }),
            windows: deployment.windows,
            throttles: deployment.throttles.map(({ throttle }) => throttle),
          },
    filesRead: evaluator.files.read,
    memoryDirectories: evaluator.memoryDirectories,
    schemaSources: evaluator.schemaSources,
  };
  return { value, diagnostics: problems.sorted(request.config) };
}

async function readConfig(request: EvaluateProjectRequest, path: string, problems: ProblemList): Promise<string> {
  try {
    return await request.files.read(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason =
      code === 'ENOENT'
        ? `stat ${path}: no such file or directory`
        : error instanceof Error
          ? error.message
          : String(error);
    const text = `config file "${path}" was not found: ${reason}`;
    problems.add({ code: 'CONFIG_NOT_FOUND', summary: text, text });
    return '';
  }
}

/** Also where nothing uses it (atlas-config-cli.md 1.1). */
function refuseUnknownData(syntax: ProjectSyntax, problems: ProblemList): void {
  for (const [type, blocks] of syntax.data) {
    if (dataSourceOf(type) !== undefined) continue;
    const text = `missing data source handler for "${type}"`;
    for (const block of blocks.values())
      problems.add({ code: 'DATA_SOURCE', summary: text, at: headerOf(block), text });
  }
}

type Secrets = ReturnType<typeof createSecrets>;

async function setVariables(
  syntax: ProjectSyntax,
  request: EvaluateProjectRequest,
  evaluator: Evaluator,
  secrets: Secrets,
): Promise<void> {
  const values = await evaluator.run(() =>
    inputVariables({
      blocks: syntax.variables,
      given: (name) => {
        const value = Object.hasOwn(request.vars, name) ? request.vars[name] : undefined;
        return value === undefined ? undefined : fromFlag(value);
      },
      evaluate: (expression) => evaluator.evaluateNow(expression, evaluator.scope),
      problems: evaluator.problems,
      secrets,
    }),
  );
  evaluator.setVariables(values);
}

interface ExpandInput {
  readonly selected: readonly hcl.Block[];
  readonly syntax: ProjectSyntax;
  readonly request: EvaluateProjectRequest;
  readonly evaluator: Evaluator;
  readonly deployment: Deployment | undefined;
  readonly secrets: Secrets;
}

async function expandEnvs(input: ExpandInput): Promise<readonly EvaluatedEnv[]> {
  const { selected, syntax, request, evaluator, deployment, secrets } = input;
  const reader = new BlockReader(evaluator, ['each']);
  const { policies, around } = syntax;
  const tools = { evaluator, reader, parseUrl: request.parseUrl, policies, around, secrets };
  await evaluator.prepare([...around.check, ...around.hook].flatMap(({ body }) => expressionsOf(body)));
  const envs: EvaluatedEnv[] = [];
  let hasEmpty = false;
  for (const block of selected) {
    const rollout = rolloutOf(block);
    if (rollout !== undefined) await evaluator.prepare(expressionsOf(rollout.body).filter(isNoDeployment));
    const placement =
      deployment === undefined || rollout === undefined
        ? undefined
        : createPlacement({ deployment, rollout, evaluator, reader, secrets });
    const expanded = await expandEnv({ block, env: request.env, tools, placement });
    envs.push(...expanded.envs);
    hasEmpty ||= expanded.isEmpty;
  }
  const [first] = selected;
  if (envs.length > 0 && first !== undefined) {
    if (request.checkTargets !== false) {
      const isPlaced = selected.every((block) => rolloutOf(block) !== undefined);
      checkTargets(request.env, envs, isPlaced ? deployment?.name : undefined, first, evaluator.problems);
    }
  } else if (hasEmpty || first === undefined || !evaluator.problems.hasErrors) refuseNothing(input, hasEmpty);
  return envs;
}

const isNoDeployment = (expression: hcl.Expression): boolean =>
  !hcl.freeVariables(expression).some(({ root }) => root === 'deployment');

/** No env of that name, or one whose `for_each` is empty. */
function refuseNothing({ selected, syntax, request, evaluator }: ExpandInput, isEmpty: boolean): void {
  const text = `env "${request.env}" not defined in config file`;
  const [first] = selected;
  if (isEmpty && first !== undefined) {
    const at = hcl.findAttribute(first.body, 'for_each')?.value ?? headerOf(first);
    const detail = 'its for_each is empty, so there is no target';
    evaluator.problems.add({
      code: 'ENV_WITHOUT_TARGETS',
      summary: `env "${request.env}" yields no target`,
      detail,
      at,
      text: `${text}: ${detail}`,
    });
    return;
  }
  const known = [...new Set(syntax.envs.flatMap(({ labels }) => labels[0]?.value ?? []))];
  const hint = `${known.length === 0 ? 'The file has no env with a label.' : `It defines ${known.map((name) => `"${name}"`).join(', ')}.`}${didYouMean(request.env, known)}`;
  evaluator.problems.add({ code: 'ENV_NOT_FOUND', summary: text, hint, text });
}
