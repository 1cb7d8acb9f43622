import { hcl } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';

/** A plan that was written down, to be looked at and applied later (atlas-engine.md 8.4). */
export interface PlanFile {
  readonly name: string;
  /** Fingerprints of the states that it leads between. */
  readonly from: string;
  readonly to: string;
  /** Its statements, as SQL text. */
  readonly migration: string;
}

export const PLAN_SUFFIX = '.plan.hcl';

/** The file's text: one `plan` block, its statements in a heredoc. */
export function printPlanFile({ name, from, to, migration }: PlanFile): string {
  const lines = migration.trimEnd().split('\n');
  const marker = markerFor(lines);
  const text = lines.map((line) => (line === '' ? '' : `  ${escapeTemplate(line)}`)).join('\n');
  return `plan ${JSON.stringify(name)} {\n  from      = ${JSON.stringify(from)}\n  to        = ${JSON.stringify(to)}\n  migration = <<-${marker}\n${text}\n  ${marker}\n}\n`;
}

/** A word that no line of the statements is. */
function markerFor(lines: readonly string[]): string {
  for (let n = 0; ; n++) {
    const marker = n === 0 ? 'SQL' : `SQL${n}`;
    if (!lines.some((line) => line.trim() === marker)) return marker;
  }
}

/** In a heredoc only what begins a template needs it. */
const escapeTemplate = (line: string): string => line.replaceAll(/[$%](?=\{)/g, '$&$&');

/** @throws AppError PLAN_INVALID naming the file and what is wrong with it */
export function parsePlanFile(file: string, text: string): PlanFile {
  const wrong = (what: string): AppError =>
    new AppError('PLAN_INVALID', `plan file "${file}": ${what}`, {
      next: 'write it anew: flotilla schema plan --save',
    });
  const { value: body, diagnostics } = hcl.parseFile(file, text);
  const [mistake] = diagnostics.filter(({ severity }) => severity === 'error');
  if (mistake !== undefined) throw wrong(mistake.summary);
  const blocks = hcl.findBlocks(body, 'plan');
  const [block] = blocks;
  if (block === undefined || blocks.length > 1) throw wrong(`${blocks.length} plan blocks, expected one`);
  const functions = hcl.createFunctions();
  const read = (name: string): string => {
    const attribute = hcl.findAttribute(block.body, name);
    if (attribute === undefined) throw wrong(`attribute "${name}" is missing`);
    const { value, diagnostics: mistakes } = hcl.evaluate(attribute.value, hcl.EMPTY_SCOPE, functions);
    if (mistakes[0] !== undefined) throw wrong(`attribute "${name}": ${mistakes[0].summary}`);
    if (value.kind !== 'string') throw wrong(`attribute "${name}" is no string`);
    return value.value;
  };
  return {
    name: block.labels[0]?.value ?? '',
    from: read('from'),
    to: read('to'),
    migration: read('migration'),
  };
}
