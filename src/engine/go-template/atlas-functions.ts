/** The functions of Atlas's report templates (atlas-config-cli.md 3.6): migrate apply and status, schema apply. */
import { printGoJson, printSortedJson } from './go-json.ts';
import { type GoFunction, isTrue, typeName } from './go-values.ts';

const brush =
  (codes: string, hasColour: boolean): GoFunction =>
  (format, ...values) => {
    const text = values.length === 0 ? String(format) : [format, ...values].join(' ');
    return hasColour ? `\u001b[${codes}m${text}\u001b[0m` : text;
  };

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`expected string; got ${typeName(value)}`);
  return value;
}

function json(value: unknown, ...layout: readonly unknown[]): string {
  if (layout.length > 2) throw new Error(`unexpected number of arguments: ${layout.length}`);
  if (layout.length === 0) return printGoJson(value);
  const [prefix, indent] = layout.length === 1 ? ['', text(layout[0])] : [text(layout[0]), text(layout[1])];
  return printGoJson(value, { prefix, indent });
}

/** Each JSON object over the ones before, key by key; keys sorted. */
function jsonMerge(...documents: readonly unknown[]): string {
  const merged: Record<string, unknown> = {};
  for (const document of documents) {
    const value: unknown = JSON.parse(text(document));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error('json: cannot unmarshal value into Go value of type map[string]interface {}');
    }
    Object.assign(merged, value);
  }
  return printSortedJson(merged);
}

function add(...values: readonly unknown[]): number {
  let sum = 0;
  for (const value of values) {
    if (typeof value !== 'number') throw new Error(`expected integer; got ${typeName(value)}`);
    sum += value;
  }
  return sum;
}

/** Lines after the first are indented by n spaces. */
function indentLines(value: unknown, spaces: unknown): string {
  if (typeof spaces !== 'number') throw new Error(`expected integer; got ${typeName(spaces)}`);
  return text(value).replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

/** @param options.colour whether the colour functions colour */
export function atlasFunctions(options: { readonly colour: boolean }): Readonly<Record<string, GoFunction>> {
  return {
    json,
    json_merge: jsonMerge,
    add,
    upper: (value) => text(value).toUpperCase(),
    indent_ln: indentLines,
    default: (fallback, value) => (isTrue(value) ? value : fallback),
    cyan: brush('36', options.colour),
    green: brush('32', options.colour),
    red: brush('31', options.colour),
    yellow: brush('33', options.colour),
    redBgWhiteFg: brush('41;37', options.colour),
  };
}
