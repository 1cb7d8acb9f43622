import { createTemplateSet, GoFloat, hashDirectory, hcl, SUM_FILE } from '../../../engine/index.ts';
import { dataAttribute, dataText, failData, messageOf, refuseUnknown, requireAttribute } from './data-block.ts';
import type { EvaluationTools } from './data-source.ts';

/**
 * `data "template_dir"`: all files below `path` are one set of Go templates (missingkey=error); the `*.sql` files of the folder itself
 * are executed into a directory in memory with an atlas.sum of its own.
 */
export async function evaluateTemplateDirectory(block: hcl.Block, tools: EvaluationTools): Promise<hcl.Value> {
  refuseUnknown(block, ['path', 'vars'], tools);
  requireAttribute(block, 'path', tools);
  const path = await dataText(block, 'path', tools);
  const vars = await dataAttribute(block, 'vars', hcl.ANY, tools);
  if (path === undefined) return hcl.UNKNOWN;
  const at = hcl.findAttribute(block.body, 'path')?.value ?? block;
  try {
    const folder = tools.request.toProjectPath?.(path) ?? path;
    const files = await renderFolder(folder, path, templateData(vars), tools);
    const url = `mem://${path}/${block.labels.at(-1)?.value ?? ''}`;
    tools.addMemoryDirectory(url, { ...files, [SUM_FILE]: hashDirectory(files, 'atlas') });
    return hcl.object({ url: hcl.string(url) });
  } catch (error) {
    failData(tools, at, messageOf(error));
    return hcl.UNKNOWN;
  }
}

async function renderFolder(
  folder: string,
  shown: string,
  data: ReadonlyMap<string, unknown>,
  tools: EvaluationTools,
): Promise<Readonly<Record<string, string>>> {
  const names = (await tools.files.list(folder)).filter((name) => name !== SUM_FILE);
  if (names.length === 0) throw new Error(`the folder "${shown}" has no files or is not there`);
  const set = createTemplateSet({ missingKey: 'error' });
  for (const name of names) {
    const read = await tools.files.readText(folder === '' || folder === '.' ? name : `${folder}/${name}`);
    if ('problem' in read) throw new Error(read.problem);
    set.parse(name, read.text);
  }
  const isOwn = (name: string): boolean => name.endsWith('.sql') && !name.includes('/');
  return Object.fromEntries(names.filter(isOwn).map((name) => [name, set.execute(name, data)]));
}

/** A Go map; numbers are float64 (atlas-config-cli.md 1.4). */
function templateData(vars: hcl.Value | undefined): ReadonlyMap<string, unknown> {
  if (vars === undefined) return new Map();
  if (vars.kind !== 'object' && vars.kind !== 'map') throw new Error('"vars": expected an object');
  return new Map([...vars.entries].map(([name, value]) => [name, templateValue(name, value)]));
}

function templateValue(name: string, value: hcl.Value): unknown {
  switch (value.kind) {
    case 'string':
    case 'bool':
      return value.value;
    case 'number':
      return new GoFloat(hcl.toDouble(value.value));
    case 'tuple':
    case 'list':
    case 'set':
      return value.items.map((item) => templateValue(name, item));
    default:
      throw new Error(`"vars": "${name}" is none of string, number, bool and a list of those`);
  }
}
