import { hcl, parseDatabaseUrl } from '../../../engine/index.ts';
import { dataAttribute, dataText, failData, messageOf, refuseUnknown, requireAttribute } from './data-block.ts';
import type { EvaluationTools } from './data-source.ts';

/** `data "sql"`: `count`, `values`, `value` of a query. One column gives values, several objects by column name. */
export async function evaluateSql(block: hcl.Block, tools: EvaluationTools): Promise<hcl.Value> {
  refuseUnknown(block, ['url', 'query', 'args'], tools);
  for (const name of ['url', 'query']) requireAttribute(block, name, tools);
  const urlText = await dataText(block, 'url', tools);
  const query = await dataText(block, 'query', tools);
  const args = await readArguments(block, tools);
  if (urlText === undefined || query === undefined || args === undefined) return hcl.UNKNOWN;
  try {
    const url = (tools.request.parseUrl ?? parseDatabaseUrl)(urlText);
    const { columns, rows } = await tools.request.ports.query(url, query, args);
    const values = rows.map((row) => (columns.length === 1 ? scalar(row[0]) : rowObject(columns, row)));
    return resultOf(values);
  } catch (error) {
    tools.secrets.add(urlText);
    failData(tools, hcl.findAttribute(block.body, 'query')?.value ?? block, messageOf(error));
    return hcl.UNKNOWN;
  }
}

async function readArguments(
  block: hcl.Block,
  tools: EvaluationTools,
): Promise<readonly (string | number | boolean)[] | undefined> {
  const attribute = hcl.findAttribute(block.body, 'args');
  if (attribute === undefined) return [];
  const value = await dataAttribute(block, 'args', hcl.ANY, tools);
  if (value === undefined) return undefined;
  const items = hcl.iterate(value)?.map(([, item]) => hcl.toPlain(item));
  const args = items?.filter(
    (item) => typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean',
  );
  if (args !== undefined && args.length === items?.length) return args;
  return failData(tools, attribute.value, '"args": expected a list of strings, numbers and bools');
}

/** Atlas scans bool, int64, float64, string and []byte; anything else, NULL among them, fails in these words. */
function scalar(value: unknown): hcl.Value {
  const found = optional(value);
  if (found.kind === 'null') throw new Error('unsupported row type: <nil>');
  return found;
}

function optional(value: unknown): hcl.Value {
  if (value === null || value === undefined) return hcl.NULL;
  if (typeof value === 'string') return hcl.string(value);
  if (typeof value === 'boolean') return hcl.bool(value);
  if (typeof value === 'bigint') return hcl.number(hcl.integer(value));
  if (typeof value === 'number' && Number.isFinite(value)) return hcl.number(value);
  if (value instanceof Uint8Array) return hcl.string(new TextDecoder().decode(value));
  if (value instanceof Date) return hcl.string(value.toISOString());
  throw new Error(`unsupported row type: ${typeof value}`);
}

const rowObject = (columns: readonly string[], row: readonly unknown[]): hcl.Value =>
  hcl.object(new Map(columns.map((column, index) => [column, optional(row[index])])));

function resultOf(values: readonly hcl.Value[]): hcl.Value {
  const [first] = values;
  // Rows with a NULL here and a text there have no type in common: a tuple holds them all the same.
  const isOfObjects = first?.kind === 'object';
  const element = first === undefined ? hcl.STRING : hcl.unify(values.map(hcl.typeOf));
  if (element === undefined && !isOfObjects) throw new Error('all values of the column must have the same type');
  return hcl.object({
    count: hcl.number(values.length),
    values: element === undefined || isOfObjects ? hcl.tuple(values) : hcl.list(element, values),
    value: first ?? hcl.NULL,
  });
}
