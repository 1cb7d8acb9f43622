import type { Range } from '../../diagnostics/diagnostic.ts';
import { type Expression, type GetAttribute, type Index, rangeOf, type Variable } from '../syntax/nodes.ts';

/** A name that an expression needs from its scope: `data.sql.tenants.values[0]` is root `data`, path `['sql', 'tenants', 'values', '0']`. */
export interface FreeVariable {
  readonly root: string;
  /** As far as it is written out: names and literal indexes. */
  readonly path: readonly string[];
  readonly range: Range;
}

/** All references of an expression in the order written, without names that a `for` binds. A reference that occurs twice is listed twice. */
export function freeVariables(expression: Expression): readonly FreeVariable[] {
  const found: FreeVariable[] = [];
  visit(expression, new Set(), found);
  return found;
}

function visit(node: Expression, bound: ReadonlySet<string>, found: FreeVariable[]): void {
  switch (node.kind) {
    case 'Variable':
    case 'GetAttribute':
    case 'Index':
      visitTraversal(node, bound, found);
      return;
    case 'Template':
      for (const part of node.parts) visit(part, bound, found);
      return;
    case 'Interpolation':
      visit(node.value, bound, found);
      return;
    case 'TemplateIf':
      for (const part of [node.condition, node.then, node.otherwise]) visit(part, bound, found);
      return;
    case 'TemplateFor':
      visit(node.collection, bound, found);
      visit(node.body, bind(node, bound), found);
      return;
    case 'Splat':
      visit(node.object, bound, found);
      visit(node.each, bound, found);
      return;
    case 'Unary':
      visit(node.operand, bound, found);
      return;
    case 'Binary':
      visitBinary(node, bound, found);
      return;
    case 'Conditional':
      for (const part of [node.condition, node.then, node.otherwise]) visit(part, bound, found);
      return;
    case 'Parentheses':
      visit(node.inner, bound, found);
      return;
    case 'TupleConstructor':
      for (const item of node.items) visit(item, bound, found);
      return;
    case 'ObjectConstructor':
      for (const item of node.items) {
        if (item.key.kind !== 'Variable') visit(item.key, bound, found);
        visit(item.value, bound, found);
      }
      return;
    case 'For': {
      visit(node.collection, bound, found);
      const inner = bind(node, bound);
      for (const part of [node.key, node.value, node.condition]) if (part !== undefined) visit(part, inner, found);
      return;
    }
    case 'Call':
      for (const arg of node.args) visit(arg, bound, found);
      return;
    default:
      return;
  }
}

/** A long sum leans left; see evaluateBinary. */
function visitBinary(node: Expression, bound: ReadonlySet<string>, found: FreeVariable[]): void {
  const rights: Expression[] = [];
  let first = node;
  while (first.kind === 'Binary') {
    rights.push(first.right);
    first = first.left;
  }
  visit(first, bound, found);
  for (const right of rights.reverse()) visit(right, bound, found);
}

function bind(
  names: { readonly keyName: string | undefined; readonly valueName: string },
  bound: ReadonlySet<string>,
): ReadonlySet<string> {
  const inner = new Set(bound).add(names.valueName);
  if (names.keyName !== undefined) inner.add(names.keyName);
  return inner;
}

function visitTraversal(
  node: Variable | GetAttribute | Index,
  bound: ReadonlySet<string>,
  found: FreeVariable[],
): void {
  let path: string[] = [];
  let current: Expression = node;
  let end: Expression = node;
  while (current.kind === 'GetAttribute' || current.kind === 'Index') {
    const step: string | undefined = current.kind === 'GetAttribute' ? current.name : literalKey(current.key);
    if (step === undefined) {
      // What stands behind a computed key is not written out; the key has references of its own.
      path = [];
      end = current.object;
      if (current.kind === 'Index') visit(current.key, bound, found);
    } else {
      path.unshift(step);
    }
    current = current.object;
  }
  if (current.kind !== 'Variable') visit(current, bound, found);
  else if (!bound.has(current.name)) found.push({ root: current.name, path, range: rangeOf(end) });
}

function literalKey(key: Expression): string | undefined {
  if (key.kind === 'NumberLiteral') return key.text;
  if (key.kind !== 'Template') return undefined;
  const [first, second] = key.parts;
  return first?.kind === 'TextLiteral' && second === undefined ? first.value : undefined;
}
