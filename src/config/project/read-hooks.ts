import { type ApplyHooks, type HookPoint, type HookScript, hcl } from '../../engine/index.ts';
import type { BlockReader } from './block-reader.ts';
import { isOfMigrateApply, refuseUnknown } from './block-shape.ts';
import { type Evaluator, expressionsOf } from './evaluator.ts';
import { readRules } from './read-rules.ts';
import { headerOf, type ProjectSyntax } from './read-syntax.ts';
import type { Secrets } from './secrets.ts';

/** Attributes of `hook "sql" { transaction { … } }`, and when their statements run. */
const TRANSACTION: readonly (readonly [string, HookPoint])[] = [
  ['after_begin', 'afterBegin'],
  ['before_commit', 'beforeCommit'],
  ['before_rollback', 'beforeRollback'],
];

export interface HookTools {
  readonly evaluator: Evaluator;
  readonly reader: BlockReader;
  readonly secrets: Secrets;
  /** Blocks of the file, outside of envs. */
  readonly around: ProjectSyntax['around'];
}

type Scripts = Record<HookPoint, HookScript[]>;

/**
 * Reads what an env wants around `migrate apply` (atlas-config-cli.md 1.2, 1.7) in one scope after another: one object for all targets, where
 * nothing in it depends on the target. All mistakes are noted. undefined: it wants nothing.
 */
export function createHooksReader(env: hcl.Block, tools: HookTools): (scope: hcl.Scope) => ApplyHooks | undefined {
  const { evaluator, reader, secrets, around } = tools;
  const checks = [...around.check, ...hcl.findBlocks(env.body, 'check')];
  const [pre, post] = [hcl.findBlocks(env.body, 'pre'), hcl.findBlocks(env.body, 'post')];
  const blocks = [...checks, ...pre, ...post, ...around.hook];
  if (blocks.length === 0) return () => undefined;
  return reader.shared(
    blocks.flatMap(({ body }) => expressionsOf(body)),
    (scope) => {
      const scripts: Scripts = { pre: [], post: [], afterBegin: [], beforeCommit: [], beforeRollback: [] };
      const notices: string[] = [];
      for (const block of pre) readStep('pre', block, { tools, scope, scripts, notices });
      for (const block of post) readStep('post', block, { tools, scope, scripts, notices });
      for (const block of around.hook) readHook(block, { tools, scope, scripts, notices });
      const judge = readRules(checks, scope, evaluator);
      const isEmpty =
        judge === undefined && notices.length === 0 && Object.values(scripts).every((s) => s.length === 0);
      if (isEmpty) return undefined;
      const redact = (text: string): string => secrets.mask(text);
      return { ...(judge === undefined ? {} : { judge }), scripts, notices: notices.map(redact), redact };
    },
  );
}

interface Reading {
  readonly tools: HookTools;
  readonly scope: hcl.Scope;
  readonly scripts: Scripts;
  readonly notices: string[];
}

/** `pre "migrate_apply"` and `post "migrate_apply"`. */
function readStep(point: 'pre' | 'post', block: hcl.Block, { tools, scope, scripts, notices }: Reading): void {
  const { reader, evaluator } = tools;
  const { problems } = evaluator;
  if (!isOfMigrateApply(block, problems)) return;
  refuseUnknown(block, { blocks: ['exec', 'skip'] }, problems);
  const execs = hcl.findBlocks(block.body, 'exec');
  if (execs.length === 0) {
    const detail = `"${point}" needs an exec block, like exec { sql = "…" }.`;
    problems.add({ code: 'HCL_MISSING_BLOCK', summary: 'Missing block', detail, at: headerOf(block) });
  }
  const source = `${point} "migrate_apply"`;
  const texts = execs.map((exec) => readExec(exec, scope, tools));
  const skips = hcl.findBlocks(block.body, 'skip').filter((skip) => {
    refuseUnknown(skip, { attributes: ['condition', 'message'] }, problems);
    const attribute = (name: string) => hcl.findAttribute(skip.body, name);
    if (attribute('condition') === undefined) {
      const detail = '"skip" needs a condition.';
      problems.add({
        code: 'HCL_MISSING_ATTRIBUTE',
        summary: 'Missing required argument',
        detail,
        at: headerOf(skip),
      });
    }
    const condition = reader.as(attribute('condition'), hcl.BOOL, scope);
    const message = reader.text(attribute('message'), scope);
    const holds = condition?.kind === 'bool' && condition.value;
    if (holds && message !== undefined) notices.push(message.trim());
    return holds;
  });
  if (skips.length > 0) return;
  for (const sql of texts) if (sql !== undefined) scripts[point].push({ source, sql, skipErrors: false });
}

/** `exec { sql = "…" }`, or `exec { src = "file://…" }` whose path counts as that of a migration directory does. */
function readExec(
  block: hcl.Block,
  scope: hcl.Scope,
  { reader, evaluator }: Pick<HookTools, 'reader' | 'evaluator'>,
): string | undefined {
  const { problems } = evaluator;
  refuseUnknown(block, { attributes: ['sql', 'src'] }, problems);
  const [sql, src] = [hcl.findAttribute(block.body, 'sql'), hcl.findAttribute(block.body, 'src')];
  if ((sql === undefined) === (src === undefined)) {
    const detail = '"exec" has either sql, a text, or src, the URL of a file.';
    problems.add({ code: 'HCL_MISSING_ATTRIBUTE', summary: 'Missing required argument', detail, at: headerOf(block) });
    return undefined;
  }
  if (src === undefined) return reader.text(sql, scope);
  const url = reader.text(src, scope);
  if (url === undefined) return undefined;
  const path = /^file:\/\/(.+\.sql)$/i.exec(url)?.[1];
  if (path === undefined) {
    return reader.fail(src, 'Invalid src', `"src" is "${url}"; expected the URL of an SQL file, like "file://a.sql".`);
  }
  const file = evaluator.readProjectFile(path);
  if ('text' in file) return file.text;
  return reader.fail(src, 'Cannot read src', `${file.problem}.`, 'FILE_UNREADABLE');
}

/** `hook "sql" "name"`: SQL around each transaction of migrations. */
function readHook(block: hcl.Block, { tools, scope, scripts }: Reading): void {
  const { reader, evaluator } = tools;
  const { problems } = evaluator;
  const [type, name] = block.labels.map(({ value }) => value);
  if (type !== 'sql' || name === undefined || block.labels.length !== 2) {
    problems.add({
      code: 'HCL_LABELS',
      summary: 'Wrong labels of "hook"',
      detail: 'A "hook" block has two labels: its type, which is "sql", and its name.',
      at: headerOf(block),
    });
    return;
  }
  refuseUnknown(block, { attributes: ['skip_errors'], blocks: ['transaction'] }, problems);
  const skip = reader.as(hcl.findAttribute(block.body, 'skip_errors'), hcl.BOOL, scope);
  const skipErrors = skip?.kind === 'bool' && skip.value;
  for (const transaction of hcl.findBlocks(block.body, 'transaction')) {
    refuseUnknown(transaction, { attributes: TRANSACTION.map(([attribute]) => attribute) }, problems);
    for (const [attribute, point] of TRANSACTION) {
      for (const sql of reader.texts(hcl.findAttribute(transaction.body, attribute), scope)) {
        scripts[point].push({ source: `hook "sql" "${name}"`, sql, skipErrors });
      }
    }
  }
}
