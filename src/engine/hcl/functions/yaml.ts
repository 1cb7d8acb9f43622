import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  Scalar,
  YAMLMap,
  YAMLSeq,
  Document as YamlDocument,
} from 'yaml';
import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { sortedKeys } from '../values/compare-values.ts';
import { fromDouble, parseNumber, printNumber, toSafeInteger } from '../values/exact-number.ts';
import { ANY, STRING } from '../values/type.ts';
import { bool, NULL, number, object, string, tuple, type Value } from '../values/value.ts';
import { define, type FunctionTable, nullable, parameter, text, textAt, valueAt } from './define.ts';

export const YAML_FUNCTIONS: FunctionTable = {
  yamldecode: define([text('src')], ANY, (args) => decodeYaml(textAt(args, 0), 0)),
  yamlencode: define([nullable(parameter('value'))], STRING, (args) => string(encodeYaml(valueAt(args, 0)))),
  yamlmerge: define(
    [],
    STRING,
    (args) => {
      if (args.length === 0) throw new FunctionFailure('at least one document is required');
      const documents = args.map((_, index) => decodeYaml(textAt(args, index), index));
      return string(encodeYaml(documents.reduce(mergeDeep)));
    },
    { variadic: text('docs') },
  ),
};

/** Aliases may make a small file huge: a bound on the nodes of the result. */
const MOST_NODES = 1_000_000;

function decodeYaml(source: string, argument: number): Value {
  const document = parseDocument(source, { merge: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new FunctionFailure(error.message.split('\n')[0]?.replace(/:$/, '') ?? 'invalid YAML', argument);
  }
  const budget = { left: MOST_NODES, argument };
  return document.contents === null ? NULL : toValue(document.contents, document, budget);
}

function toValue(node: unknown, document: Document.Parsed, budget: { left: number; readonly argument: number }): Value {
  if (budget.left-- <= 0) throw new FunctionFailure('the document is too large', budget.argument);
  if (isAlias(node)) {
    const target = node.resolve(document);
    return target === undefined ? NULL : toValue(target, document, budget);
  }
  if (isScalar(node)) return scalarValue(node);
  if (isSeq(node)) return tuple(node.items.map((item) => toValue(item, document, budget)));
  if (!isMap(node)) return NULL;
  const entries = new Map<string, Value>();
  for (const { key, value } of node.items) {
    if (isScalar(key) && isMergeKey(key.value)) {
      mergeKey(toValue(value, document, budget), entries);
      continue;
    }
    const name = toValue(key, document, budget);
    if (name.kind !== 'string' && name.kind !== 'number' && name.kind !== 'bool') {
      throw new FunctionFailure('only strings, numbers and booleans can be keys of a map', budget.argument);
    }
    entries.set(
      name.kind === 'number' ? printNumber(name.value) : String(name.value),
      toValue(value, document, budget),
    );
  }
  return object(entries);
}

/** An unquoted `<<` is a symbol to the package. */
function isMergeKey(key: unknown): boolean {
  return typeof key === 'symbol' && key.description === '<<';
}

function mergeKey(value: Value, entries: Map<string, Value>): void {
  const sources = value.kind === 'tuple' ? value.items : [value];
  for (const source of sources) {
    if (source.kind !== 'object') continue;
    for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
  }
}

function scalarValue(scalar: Scalar): Value {
  const { value } = scalar;
  if (typeof value === 'number') {
    // The text, so that no digit is lost.
    const exact = parseNumber(scalar.source ?? '') ?? fromDouble(value);
    if (exact === undefined) throw new FunctionFailure('infinity and NaN are no numbers here');
    return number(exact);
  }
  if (typeof value === 'bigint') return number(parseNumber(value.toString()) ?? { numerator: value, denominator: 1n });
  if (typeof value === 'boolean') return bool(value);
  return value === null || value === undefined ? NULL : string(String(value));
}

/** Keys sorted, strings in double quotes or, with line ends, as literal blocks. */
function encodeYaml(value: Value): string {
  const document = new YamlDocument(toNode(value));
  return document.toString({
    defaultKeyType: 'QUOTE_DOUBLE',
    defaultStringType: 'QUOTE_DOUBLE',
    indentSeq: false,
    lineWidth: 0,
  });
}

function toNode(value: Value): Node {
  switch (value.kind) {
    case 'string': {
      const scalar = new Scalar(value.value);
      scalar.type = value.value.includes('\n') ? 'BLOCK_LITERAL' : 'QUOTE_DOUBLE';
      return scalar;
    }
    case 'number': {
      const whole = toSafeInteger(value.value);
      const scalar = new Scalar<unknown>(whole ?? Number(printNumber(value.value)));
      // The stringifier prints what it is given here instead of the rounded double.
      if (whole === undefined) scalar.source = printNumber(value.value);
      return scalar;
    }
    case 'bool':
      return new Scalar(value.value);
    case 'null':
      return new Scalar(null);
    case 'tuple':
    case 'list':
    case 'set': {
      const sequence = new YAMLSeq();
      sequence.items = value.items.map(toNode);
      return sequence;
    }
    case 'object':
    case 'map': {
      const map = new YAMLMap();
      for (const name of sortedKeys(value.entries)) {
        const entry = value.entries.get(name);
        if (entry !== undefined) map.set(new Scalar(name), toNode(entry));
      }
      return map;
    }
    default:
      throw new FunctionFailure(`a ${value.kind} value cannot be written as YAML`, 0);
  }
}

/** Maps are merged key by key, at every depth; of everything else the later one stays. */
function mergeDeep(first: Value, second: Value): Value {
  if (first.kind !== 'object' || second.kind !== 'object') return second;
  const merged = new Map(first.entries);
  for (const [name, value] of second.entries) {
    const known = merged.get(name);
    merged.set(name, known === undefined ? value : mergeDeep(known, value));
  }
  return object(merged);
}
