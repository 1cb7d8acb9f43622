import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Call, Expression } from '../syntax/nodes.ts';
import { ANY, BOOL, NUMBER, STRING, type Type } from '../values/type.ts';
import { Problems } from './context.ts';

/** `int` is a number (atlas-config-cli.md 1.9). */
const NAMED: ReadonlyMap<string, Type> = new Map([
  ['string', STRING],
  ['number', NUMBER],
  ['int', NUMBER],
  ['bool', BOOL],
  ['any', ANY],
]);

/** The type that `type = …` of a variable names: `string`, `list(number)`, `object({ name = string })`. Undefined where it names none. */
export function parseType(expression: Expression): {
  readonly type: Type | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const problems = new Problems();
  return { type: typeOfNode(expression, problems), diagnostics: problems.list };
}

function typeOfNode(node: Expression, problems: Problems): Type | undefined {
  switch (node.kind) {
    case 'Variable': {
      const type = NAMED.get(node.name);
      return type ?? invalid(node, problems, `The keyword "${node.name}" is not a valid type specification.`);
    }
    case 'Parentheses':
      return typeOfNode(node.inner, problems);
    case 'Call':
      return constructed(node, problems);
    case 'Invalid':
      return undefined;
    default:
      return invalid(
        node,
        problems,
        'A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor call, like list(string).',
      );
  }
}

function constructed(node: Call, problems: Problems): Type | undefined {
  const [argument, second] = node.args;
  const isKnown = ['list', 'set', 'map', 'tuple', 'object'].includes(node.name);
  if (!isKnown) return invalid(node, problems, `Keyword "${node.name}" is not a valid type constructor.`);
  if (argument === undefined || second !== undefined) {
    return invalid(
      node,
      problems,
      `The ${node.name} type constructor requires one argument, like ${EXAMPLES[node.name]}.`,
    );
  }
  switch (node.name) {
    case 'list':
    case 'set':
    case 'map': {
      const element = typeOfNode(argument, problems);
      return element === undefined ? undefined : { kind: node.name, element };
    }
    case 'tuple':
      return tupleType(argument, problems);
    default:
      return objectType(argument, problems);
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  list: 'list(string)',
  set: 'set(string)',
  map: 'map(string)',
  tuple: 'tuple([string, number])',
  object: 'object({ name = string })',
};

function tupleType(argument: Expression, problems: Problems): Type | undefined {
  if (argument.kind !== 'TupleConstructor') {
    return invalid(argument, problems, 'Tuple type constructor requires a list of element types.');
  }
  const elements = argument.items.map((item) => typeOfNode(item, problems));
  const known = elements.filter((element) => element !== undefined);
  return known.length === elements.length ? { kind: 'tuple', elements: known } : undefined;
}

function objectType(argument: Expression, problems: Problems): Type | undefined {
  if (argument.kind !== 'ObjectConstructor') {
    return invalid(argument, problems, 'Object type constructor requires a map whose keys are attribute names.');
  }
  const attributes = new Map<string, Type>();
  let isValid = true;
  for (const { key, value } of argument.items) {
    const name = attributeName(key);
    if (name === undefined) invalid(key, problems, 'Object constructor map keys must be attribute names.');
    const type = typeOfNode(value, problems);
    if (name === undefined || type === undefined) isValid = false;
    else attributes.set(name, type);
  }
  return isValid ? { kind: 'object', attributes } : undefined;
}

function attributeName(key: Expression): string | undefined {
  if (key.kind === 'Variable') return key.name;
  if (key.kind !== 'Template') return undefined;
  const [first, second] = key.parts;
  return first?.kind === 'TextLiteral' && second === undefined ? first.value : undefined;
}

function invalid(node: Expression, problems: Problems, detail: string): undefined {
  problems.add({
    code: 'HCL_INVALID_TYPE',
    severity: 'error',
    summary: 'Invalid type specification',
    detail,
    subject: node.source.range(node.start, node.end),
  });
  return undefined;
}
