import { hcl } from '../../../engine/index.ts';
import { headerOf, nameOf } from '../read-syntax.ts';
import type { EvaluationTools } from './data-source.ts';

/** Notes what is wrong with a data source, in Atlas's form: `data.sql.tenants: …`. */
export function failData(tools: EvaluationTools, at: hcl.Located, message: string, code = 'DATA_SOURCE'): undefined {
  const text = `${tools.node}: ${message}`;
  tools.problems.add({ code, summary: text, at, text });
  return undefined;
}

/** The value of an attribute as that type; undefined where it is not set or wrong (which is noted). */
export async function dataAttribute(
  block: hcl.Block,
  name: string,
  type: hcl.Type,
  tools: EvaluationTools,
): Promise<hcl.Value | undefined> {
  const attribute = hcl.findAttribute(block.body, name);
  if (attribute === undefined) return undefined;
  const value = await tools.evaluate(attribute.value);
  if (value.kind === 'null') return undefined;
  const converted = hcl.convert(value, type);
  if ('problem' in converted)
    return failData(tools, attribute.value, `"${name}": ${converted.problem}`, 'HCL_INVALID_TYPE');
  return converted.value.kind === 'unknown' ? undefined : converted.value;
}

export async function dataText(block: hcl.Block, name: string, tools: EvaluationTools): Promise<string | undefined> {
  const value = await dataAttribute(block, name, hcl.STRING, tools);
  return value?.kind === 'string' ? value.value : undefined;
}

/** Notes a required attribute that is not there. One that is there and wrong was noted when it was read. */
export function requireAttribute(block: hcl.Block, name: string, tools: EvaluationTools): void {
  if (hcl.findAttribute(block.body, name) === undefined) {
    failData(tools, headerOf(block), `missing required attribute "${name}"`);
  }
}

/** Notes attributes and blocks that the data source does not know. */
export function refuseUnknown(block: hcl.Block, known: readonly string[], tools: EvaluationTools): void {
  for (const attribute of block.body.attributes) {
    if (!known.includes(attribute.name)) {
      failData(
        tools,
        nameOf(attribute),
        `unknown attribute "${attribute.name}", expected ${known.join(', ')}`,
        'HCL_UNKNOWN_ATTRIBUTE',
      );
    }
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
