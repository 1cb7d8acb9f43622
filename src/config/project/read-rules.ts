import { type ApplyHooks, atlasText, type Denial, hcl, type PlannedMigration } from '../../engine/index.ts';
import { isOfMigrateApply, refuseUnknown } from './block-shape.ts';
import type { Evaluator } from './evaluator.ts';
import { headerOf } from './read-syntax.ts';

interface Rule {
  readonly kind: 'allow' | 'deny';
  /** For messages. */
  readonly name: string;
  readonly condition: hcl.Expression;
  readonly message: hcl.Expression | undefined;
}

const SOURCE = 'check "migrate_apply"';
/** While a project is read, nothing is planned yet. */
const NOT_PLANNED = hcl.object({
  planned_migration: hcl.object({ files: hcl.UNKNOWN, statements: hcl.UNKNOWN, target_version: hcl.UNKNOWN }),
});

/**
 * The rules of `check "migrate_apply"`, in their order, and how they judge a plan: the first one that holds decides (atlas-config-cli.md 1.7).
 * @param blocks of the file, then of the env
 * @returns undefined where there is no rule
 */
export function readRules(blocks: readonly hcl.Block[], scope: hcl.Scope, evaluator: Evaluator): ApplyHooks['judge'] {
  const ofApply = blocks.filter((block) => isOfMigrateApply(block, evaluator.problems, true));
  const rules = ofApply.flatMap((block) => rulesOf(block, evaluator));
  for (const rule of rules) checkRule(rule, hcl.scopeOf({ self: NOT_PLANNED }, scope), evaluator);
  return rules.length === 0 ? undefined : (planned) => judge(rules, planned, scope, evaluator);
}

function rulesOf(block: hcl.Block, { problems }: Evaluator): readonly Rule[] {
  refuseUnknown(block, { blocks: ['allow', 'deny', 'drift'] }, problems);
  return block.body.blocks.flatMap((inner): readonly Rule[] => {
    const { type } = inner;
    if (type === 'drift') {
      problems.add({
        code: 'UNSUPPORTED',
        summary: '"drift" is not supported',
        detail: 'It compares with states that only Atlas Cloud keeps; take the block out.',
        at: headerOf(inner),
      });
      return [];
    }
    if (type !== 'allow' && type !== 'deny') return [];
    refuseUnknown(inner, { attributes: type === 'deny' ? ['condition', 'message'] : ['condition'] }, problems);
    const condition = hcl.findAttribute(inner.body, 'condition')?.value;
    if (condition === undefined || inner.labels.length > 1) {
      const isUnnamed = condition === undefined;
      problems.add({
        code: isUnnamed ? 'HCL_MISSING_ATTRIBUTE' : 'HCL_LABELS',
        summary: isUnnamed ? 'Missing required argument' : `Wrong labels of "${type}"`,
        detail: isUnnamed ? `"${type}" needs a condition.` : `"${type}" has one label: its name.`,
        at: headerOf(inner),
      });
      return [];
    }
    const label = inner.labels[0]?.value;
    const name = `${SOURCE}: ${type}${label === undefined ? '' : ` "${label}"`}`;
    return [{ kind: type, name, condition, message: hcl.findAttribute(inner.body, 'message')?.value }];
  });
}

/** What is wrong whatever is planned is a mistake of the project. */
function checkRule({ condition, message }: Rule, scope: hcl.Scope, evaluator: Evaluator): void {
  const value = evaluator.evaluateNow(condition, scope);
  const unsupported = evaluator.unsupportedIn(condition);
  if (unsupported.length > 0) {
    evaluator.problems.add({
      code: 'UNSUPPORTED',
      summary: `${unsupported.join(', ')} is not supported`,
      detail: '"condition" needs it.',
      at: condition,
    });
  } else if (value.kind !== 'bool' && value.kind !== 'unknown') {
    evaluator.problems.add({
      code: 'HCL_INVALID_TYPE',
      summary: 'Invalid condition',
      detail: '"condition" is true or false.',
      at: condition,
    });
  }
  if (message === undefined) return;
  const text = evaluator.evaluateNow(message, scope);
  if (text.kind === 'unknown' || !('problem' in hcl.convert(text, hcl.STRING))) return;
  evaluator.problems.add({
    code: 'HCL_INVALID_TYPE',
    summary: 'Unsuitable value type',
    detail: '"message" is a text.',
    at: message,
  });
}

async function judge(
  rules: readonly Rule[],
  planned: PlannedMigration,
  outer: hcl.Scope,
  evaluator: Evaluator,
): Promise<Denial | undefined> {
  const { files, statements, targetVersion } = planned;
  const self = hcl.fromPlain({
    planned_migration: {
      files: files.map(({ name, version, description }) => ({ name, version, description })),
      statements,
      target_version: targetVersion,
    },
  });
  const scope = hcl.scopeOf({ self }, outer);
  for (const { kind, name, condition, message } of rules) {
    const { value, diagnostics } = await evaluator.evaluateApart(condition, scope);
    if (value.kind !== 'bool') {
      const [first] = diagnostics;
      const why = first === undefined ? 'its condition is neither true nor false' : atlasText(first);
      return { code: 'PROJECT_INVALID', rule: name, message: why };
    }
    if (!value.value) continue;
    if (kind === 'allow') return undefined;
    const said = message === undefined ? undefined : (await evaluator.evaluateApart(message, scope)).value;
    const text = said?.kind === 'string' ? said.value.trim() : '';
    return { code: 'MIGRATION_DENIED', rule: name, message: text === '' ? 'its condition is true' : text };
  }
  return undefined;
}
