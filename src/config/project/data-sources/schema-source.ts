import { hcl } from '../../../engine/index.ts';
import type { SchemaSource } from '../../types.ts';
import { dataAttribute, dataText, failData, refuseUnknown, requireAttribute } from './data-block.ts';
import type { EvaluationTools } from './data-source.ts';

/** `data "hcl_schema"`: files and folders that are one document, with variables of their own (atlas-config-cli.md 1.4). */
export async function evaluateHclSchema(block: hcl.Block, tools: EvaluationTools): Promise<hcl.Value> {
  refuseUnknown(block, ['path', 'paths', 'vars'], tools);
  const [path, several] = ['path', 'paths'].map((name) => hcl.findAttribute(block.body, name));
  if (path !== undefined && several !== undefined) failData(tools, several, 'path and paths cannot be set together');
  else if (path === undefined && several === undefined) failData(tools, block, 'path or paths must be set');
  else {
    const one = await dataText(block, 'path', tools);
    const paths =
      one === undefined ? textsOf(await dataAttribute(block, 'paths', hcl.listOf(hcl.STRING), tools)) : [one];
    const vars = await dataAttribute(block, 'vars', hcl.ANY, tools);
    const inputs = vars === undefined ? new Map<string, hcl.Value>() : entriesOf(vars);
    if (inputs === undefined) failData(tools, block, '"vars": expected an object');
    else if (paths !== undefined) return urlOf(block, tools, { paths, inputs });
  }
  return hcl.UNKNOWN;
}

/** `data "external_schema"`: the SQL that a program prints, as an ORM's loader does. It is run when the state is needed. */
export async function evaluateExternalSchema(block: hcl.Block, tools: EvaluationTools): Promise<hcl.Value> {
  refuseUnknown(block, ['program', 'working_dir'], tools);
  requireAttribute(block, 'program', tools);
  const program = textsOf(await dataAttribute(block, 'program', hcl.listOf(hcl.STRING), tools));
  const workingDir = await dataText(block, 'working_dir', tools);
  if (program === undefined) return hcl.UNKNOWN;
  if (program.length > 0) return urlOf(block, tools, { program, ...(workingDir === undefined ? {} : { workingDir }) });
  failData(tools, block, '"program" is empty, expected a program and its arguments');
  return hcl.UNKNOWN;
}

function urlOf(block: hcl.Block, tools: EvaluationTools, source: SchemaSource): hcl.Value {
  const [type = '', name = ''] = block.labels.map(({ value }) => value);
  const url = `mem://${type}/${name}`;
  tools.addSchemaSource(url, source);
  return hcl.object({ url: hcl.string(url) });
}

const textsOf = (value: hcl.Value | undefined): readonly string[] | undefined =>
  value === undefined
    ? undefined
    : hcl.iterate(value)?.flatMap(([, item]) => (item.kind === 'string' ? [item.value] : []));

const entriesOf = (vars: hcl.Value): ReadonlyMap<string, hcl.Value> | undefined =>
  vars.kind === 'object' || vars.kind === 'map' ? vars.entries : undefined;
