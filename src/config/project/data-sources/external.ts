import { hcl } from '../../../engine/index.ts';
import { dataAttribute, dataText, failData, messageOf, refuseUnknown, requireAttribute } from './data-block.ts';
import type { EvaluationTools } from './data-source.ts';

/** `data "external"`: what a program prints, as it is. */
export async function evaluateExternal(block: hcl.Block, tools: EvaluationTools): Promise<hcl.Value> {
  refuseUnknown(block, ['program', 'working_dir'], tools);
  requireAttribute(block, 'program', tools);
  const program = await dataAttribute(block, 'program', hcl.listOf(hcl.STRING), tools);
  const workingDir = await dataText(block, 'working_dir', tools);
  if (program === undefined) return hcl.UNKNOWN;
  const words = hcl.iterate(program)?.flatMap(([, word]) => (word.kind === 'string' ? [word.value] : [])) ?? [];
  const at = hcl.findAttribute(block.body, 'program')?.value ?? block;
  if (words.length === 0) {
    failData(tools, at, '"program" is empty, expected a program and its arguments');
    return hcl.UNKNOWN;
  }
  try {
    return hcl.string(await tools.request.ports.runProgram(words, workingDir));
  } catch (error) {
    failData(tools, at, messageOf(error));
    return hcl.UNKNOWN;
  }
}
