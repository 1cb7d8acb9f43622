import { hcl } from '../../engine/index.ts';
import type { ProblemList } from './problem-list.ts';
import { headerOf, nameOf } from './read-syntax.ts';
import type { Secrets } from './secrets.ts';

export interface InputVariables {
  readonly blocks: ReadonlyMap<string, hcl.Block>;
  /** From outside; undefined: not given. */
  readonly given: (name: string) => hcl.Value | undefined;
  readonly evaluate: (expression: hcl.Expression) => hcl.Value;
  readonly problems: ProblemList;
  readonly secrets: Secrets;
  /** Where a missing value is to be reported; default: at the variable. */
  readonly missingAt?: hcl.Located;
}

/** The text of `--var`, or several of one name. */
export const fromFlag = (value: string | readonly string[]): hcl.Value =>
  typeof value === 'string' ? hcl.string(value) : hcl.tuple(value.map(hcl.string));

/** Value of every `variable` block: what was given, else its default, converted to its type (atlas-config-cli.md 1.9). */
export function inputVariables(input: InputVariables): ReadonlyMap<string, hcl.Value> {
  const values = new Map<string, hcl.Value>();
  for (const [name, block] of input.blocks) values.set(name, inputVariable(name, block, input));
  return values;
}

function inputVariable(name: string, block: hcl.Block, input: InputVariables): hcl.Value {
  const type = variableType(name, block, input.problems);
  const preset = hcl.findAttribute(block.body, 'default');
  const given = input.given(name);
  const value = given ?? (preset === undefined ? undefined : input.evaluate(preset.value));
  if (value === undefined) {
    const text = `missing value for required variable "${name}"`;
    input.problems.add({ code: 'VARIABLE_MISSING', summary: text, at: input.missingAt ?? headerOf(block), text });
    return hcl.UNKNOWN;
  }
  if (isSensitive(block, input)) addSecrets(value, input.secrets);
  if (type === undefined) return hcl.UNKNOWN;
  const converted = convertOrWrap(value, type);
  if ('value' in converted) return converted.value;
  const text = `variable "${name}": ${converted.problem}`;
  input.problems.add({
    code: 'VARIABLE_TYPE',
    summary: text,
    at: given === undefined && preset !== undefined ? preset.value : (input.missingAt ?? headerOf(block)),
    text,
  });
  return hcl.UNKNOWN;
}

/** A scalar that is given to a list is its only element. */
function convertOrWrap(value: hcl.Value, type: hcl.Type): hcl.Converted {
  const isScalar = value.kind === 'string' || value.kind === 'number' || value.kind === 'bool';
  const wantsMany = type.kind === 'list' || type.kind === 'set';
  return hcl.convert(isScalar && wantsMany ? hcl.tuple([value]) : value, type);
}

const VALID_TYPES = 'Valid types are: string, number, bool, list, map, or set';

/** Undefined after a mistake that is noted. */
function variableType(name: string, block: hcl.Block, problems: ProblemList): hcl.Type | undefined {
  const attribute = hcl.findAttribute(block.body, 'type');
  if (attribute === undefined) {
    const text = `missing required attribute "type" of variable "${name}"`;
    problems.add({ code: 'VARIABLE_TYPE', summary: text, detail: `${VALID_TYPES}.`, at: headerOf(block), text });
    return undefined;
  }
  if (attribute.value.kind === 'Template') {
    const [part] = attribute.value.parts;
    const written = part?.kind === 'TextLiteral' ? part.value : '';
    const text = `invalid type "${written}" for variable "${name}". ${VALID_TYPES}`;
    problems.add({ code: 'VARIABLE_TYPE', summary: text, at: attribute.value, text });
    return undefined;
  }
  const { type, diagnostics } = hcl.parseType(attribute.value);
  problems.addAll(diagnostics);
  return type;
}

function isSensitive(block: hcl.Block, input: InputVariables): boolean {
  const attribute = hcl.findAttribute(block.body, 'sensitive');
  if (attribute === undefined) return false;
  const value = input.evaluate(attribute.value);
  if (value.kind === 'bool') return value.value;
  if (value.kind !== 'unknown') {
    input.problems.add({
      code: 'HCL_INVALID_TYPE',
      summary: 'Unsuitable value type',
      detail: '"sensitive" is true or false.',
      at: nameOf(attribute),
    });
  }
  return true;
}

function addSecrets(value: hcl.Value, secrets: Secrets): void {
  if (value.kind === 'string') secrets.add(value.value);
  else if (value.kind === 'number') secrets.add(hcl.printNumber(value.value));
  else if ('items' in value) for (const item of value.items) addSecrets(item, secrets);
  else if ('entries' in value) for (const entry of value.entries?.values() ?? []) addSecrets(entry, secrets);
}
