import { BUILTIN_ARITY, BUILTINS } from './builtins.ts';
import { printValue } from './go-format.ts';
import {
  GoFloat,
  type GoFunction,
  isFunction,
  isStruct,
  isTrue,
  sortedEntries,
  structMember,
  typeName,
} from './go-values.ts';
import {
  type BranchNode,
  type CommandNode,
  type Node,
  nodeText,
  type Operand,
  type PipeNode,
  type TemplateCallNode,
} from './nodes.ts';
import type { ParsedTemplate } from './parser.ts';
import { TemplateError } from './template-error.ts';

/** How deep templates may call each other before it counts as endless (Go: 100,000; a JavaScript stack holds fewer). */
const DEEPEST = 1000;

export interface Scope {
  readonly templates: ReadonlyMap<string, ParsedTemplate>;
  readonly functions: Readonly<Record<string, GoFunction>>;
  /** What an unknown key of a map is: `<no value>`, or an error. */
  readonly missingKey: 'default' | 'error';
}

type Jump = 'break' | 'continue' | undefined;
type Placed = Operand | CommandNode | TemplateCallNode;
interface Variable {
  readonly name: string;
  value: unknown;
}

/** @throws TemplateError */
export function executeTemplate(scope: Scope, template: ParsedTemplate, data: unknown): string {
  const output: string[] = [];
  new Execution(scope, template, output, data, 0).walk(template.body, data);
  return output.join('');
}

/** One run of one template; a template that it calls is another. */
class Execution {
  readonly #scope: Scope;
  readonly #template: ParsedTemplate;
  readonly #output: string[];
  readonly #depth: number;
  readonly #variables: Variable[];

  constructor(scope: Scope, template: ParsedTemplate, output: string[], data: unknown, depth: number) {
    this.#scope = scope;
    this.#template = template;
    this.#output = output;
    this.#depth = depth;
    this.#variables = [{ name: '$', value: data }];
  }

  walk(nodes: readonly Node[], dot: unknown): Jump {
    for (const node of nodes) {
      const jump = this.#walkNode(node, dot);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #walkNode(node: Node, dot: unknown): Jump {
    switch (node.kind) {
      case 'Text':
        this.#output.push(node.text);
        return undefined;
      case 'Action': {
        const value = this.#pipeline(dot, node.pipe);
        if (node.pipe.variables.length === 0) this.#output.push(this.#printed(value, node.pipe));
        return undefined;
      }
      case 'If':
      case 'With':
        return this.#scoped(() => {
          const value = this.#pipeline(dot, node.pipe);
          if (isTrue(value)) return this.walk(node.body, node.kind === 'With' ? value : dot);
          return node.orElse === undefined ? undefined : this.walk(node.orElse, dot);
        });
      case 'Range':
        return this.#scoped(() => this.#range(node, dot));
      case 'Break':
        return 'break';
      case 'Continue':
        return 'continue';
      case 'TemplateCall':
        this.#callTemplate(node, dot);
        return undefined;
    }
  }

  /** Variables made inside are gone afterwards. */
  #scoped<T>(work: () => T): T {
    const mark = this.#variables.length;
    try {
      return work();
    } finally {
      this.#variables.length = mark;
    }
  }

  #printed(value: unknown, node: PipeNode): string {
    if (isFunction(value)) this.#fail(node, `can't print ${nodeText(node)} of type ${typeName(value)}`);
    return printValue(value);
  }

  #range(node: BranchNode, dot: unknown): Jump {
    const value = this.#pipeline(dot, { ...node.pipe, variables: [] });
    const { variables, isAssignment } = node.pipe;
    const entries = this.#entries(value, node);
    const isCount = typeof value === 'number';
    for (const [key, item] of entries) {
      const jump = this.#scoped(() => {
        // One variable is the element, or the number itself where it ranges over a count.
        const values = variables.length === 2 ? [key, item] : [isCount ? key : item];
        for (const [index, name] of variables.entries()) {
          if (isAssignment) this.#assign(name, values[index]);
          else this.#variables.push({ name, value: values[index] });
        }
        return this.walk(node.body, item);
      });
      if (jump === 'break') break;
    }
    if (entries.length === 0 && node.orElse !== undefined) return this.walk(node.orElse, dot);
    return undefined;
  }

  #entries(value: unknown, node: BranchNode): readonly (readonly [unknown, unknown])[] {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return [...value.entries()];
    if (value instanceof Map) return sortedEntries(value);
    if (typeof value === 'number' && Number.isInteger(value)) {
      return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index] as const);
    }
    return this.#fail(node.pipe, `range can't iterate over ${printValue(value)}`);
  }

  #callTemplate(node: TemplateCallNode, dot: unknown): void {
    const template = this.#scope.templates.get(node.name);
    if (template === undefined) this.#fail(node, `template ${JSON.stringify(node.name)} not defined`);
    if (this.#depth >= DEEPEST) this.#fail(node, `exceeded maximum template depth (${DEEPEST})`);
    const data = node.pipe === undefined ? undefined : this.#pipeline(dot, node.pipe);
    new Execution(this.#scope, template, this.#output, data, this.#depth + 1).walk(template.body, data);
  }

  #pipeline(dot: unknown, pipe: PipeNode): unknown {
    let value: unknown;
    for (const [index, command] of pipe.commands.entries()) {
      value = this.#command(dot, command, index === 0 ? [] : [value]);
    }
    for (const name of pipe.variables) {
      if (pipe.isAssignment) this.#assign(name, value);
      else this.#variables.push({ name, value });
    }
    return value;
  }

  #assign(name: string, value: unknown): void {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable !== undefined) variable.value = value;
  }

  /** `piped`: the value of the stage before, the last argument of this one. */
  #command(dot: unknown, command: CommandNode, piped: readonly unknown[]): unknown {
    const [first, ...rest] = command.arguments;
    if (first === undefined) return undefined;
    const values = (): unknown[] => [...rest.map((one) => this.#operand(dot, one)), ...piped];
    switch (first.kind) {
      case 'Function':
        return this.#function(dot, first.name, first, command, rest, piped);
      case 'Field':
        return this.#fields(dot, first.names, first, values, rest.length + piped.length);
      case 'Variable':
        return this.#fields(this.#variable(first.name), first.fields, first, values, rest.length + piped.length);
      case 'Chain':
        return this.#fields(this.#operand(dot, first.of), first.fields, first, values, rest.length + piped.length);
      case 'Pipe':
        this.#refuseArguments(first, rest, piped);
        return this.#pipeline(dot, first);
      case 'Nil':
        return this.#fail(command, 'nil is not a command');
      default:
        this.#refuseArguments(first, rest, piped);
        return first.kind === 'Dot' ? dot : first.value;
    }
  }

  #refuseArguments(node: Operand, rest: readonly Operand[], piped: readonly unknown[]): void {
    if (rest.length + piped.length > 0) this.#fail(node, `can't give argument to non-function ${nodeText(node)}`);
  }

  #operand(dot: unknown, operand: Operand): unknown {
    if (operand.kind === 'Nil') return null;
    return this.#command(dot, { kind: 'Command', arguments: [operand], at: operand.at }, []);
  }

  #function(
    dot: unknown,
    name: string,
    node: Operand,
    command: CommandNode,
    rest: readonly Operand[],
    piped: readonly unknown[],
  ): unknown {
    if (name === 'and' || name === 'or') return this.#shortCircuit(dot, name, node, rest, piped);
    const callee = Object.hasOwn(this.#scope.functions, name) ? this.#scope.functions[name] : BUILTINS[name];
    if (callee === undefined) return this.#fail(node, `${JSON.stringify(name)} is not a defined function`);
    const count = rest.length + piped.length;
    const arity = callee === BUILTINS[name] ? BUILTIN_ARITY[name] : undefined;
    if (arity !== undefined && arity !== count) {
      this.#fail(node, `wrong number of args for ${name}: want ${arity} got ${count}`);
    }
    if (callee === BUILTINS[name] && arity === undefined && count === 0 && NEEDS_ONE.has(name)) {
      this.#fail(node, `wrong number of args for ${name}: want at least 1 got 0`);
    }
    const values = [...rest.map((one) => this.#operand(dot, one)), ...piped];
    if (callee === BUILTINS[name]) this.#checkFirst(name, values[0], rest[0] ?? node, command);
    return this.#call(callee, name, values, command);
  }

  /** The two built-ins whose first argument has a type of its own. */
  #checkFirst(name: string, value: unknown, node: Operand, command: CommandNode): void {
    if (name === 'printf' && typeof value !== 'string') {
      if (node.kind === 'Literal') this.#fail(node, `expected string; found ${nodeText(node)}`);
      this.#fail(node, `wrong type for value; expected string; got ${typeName(value)}`);
    }
    if (name === 'call' && value != null && !isFunction(value)) {
      this.#fail(command, `error calling call: non-function ${nodeText(node)} of type ${typeName(value)}`);
    }
  }

  /** Gives the first argument that settles it, else the last. */
  #shortCircuit(
    dot: unknown,
    name: 'and' | 'or',
    node: Operand,
    rest: readonly Operand[],
    piped: readonly unknown[],
  ): unknown {
    if (rest.length + piped.length === 0) this.#fail(node, `wrong number of args for ${name}: want at least 1 got 0`);
    let value: unknown;
    for (const operand of rest) {
      value = this.#operand(dot, operand);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #call(callee: GoFunction, name: string, values: readonly unknown[], node: Placed): unknown {
    try {
      return callee(...values);
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new TemplateError(`${this.#place(node)}error calling ${name}: ${message}`, error);
    }
  }

  #variable(name: string): unknown {
    return this.#variables.findLast((one) => one.name === name)?.value;
  }

  /** Follows `.a.b.c`; arguments belong to the last. */
  #fields(
    start: unknown,
    names: readonly string[],
    node: Operand,
    values: () => readonly unknown[],
    count: number,
  ): unknown {
    if (names.length === 0 && count > 0) this.#fail(node, `can't give argument to non-function ${nodeText(node)}`);
    let value = start;
    let previous: unknown;
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      // What stands in a map has, for Go, the type interface {}.
      const isOfMap = previous instanceof Map;
      previous = value;
      value = this.#field(value, name, node, isLast && count > 0 ? values() : [], isOfMap);
    }
    return value;
  }

  #field(receiver: unknown, name: string, node: Operand, values: readonly unknown[], isOfMap: boolean): unknown {
    if (receiver === undefined || receiver === null) {
      if (receiver === undefined) {
        if (this.#scope.missingKey === 'default') return undefined;
        return this.#fail(node, `nil data; no entry for key ${JSON.stringify(name)}`);
      }
      return this.#fail(node, `nil pointer evaluating ${typeName(receiver)}.${name}`);
    }
    if (receiver instanceof Map) {
      if (values.length > 0) this.#fail(node, `${name} is not a method but has arguments`);
      if (!receiver.has(name) && this.#scope.missingKey === 'error') {
        this.#fail(node, `map has no entry for key ${JSON.stringify(name)}`);
      }
      return receiver.get(name);
    }
    const member = isStruct(receiver) ? structMember(receiver, name) : undefined;
    if (member === undefined || receiver instanceof GoFloat) {
      return this.#fail(node, `can't evaluate field ${name} in type ${isOfMap ? 'interface {}' : typeName(receiver)}`);
    }
    if (isFunction(member.value)) {
      const method = member.value;
      return this.#call((...given) => method.apply(receiver, [...given]), name, values, node);
    }
    if (values.length > 0) this.#fail(node, `${name} has arguments but cannot be invoked as function`);
    return member.value;
  }

  #fail(node: Placed, message: string): never {
    throw new TemplateError(this.#place(node) + message);
  }

  /** `template: report:1:3: executing "report" at <.X>: `; columns count bytes from 0, as Go's do. */
  #place(node: Placed): string {
    const { source, name } = this.#template;
    const before = source.text.slice(0, node.at);
    const line = before.split('\n').length;
    const column = new TextEncoder().encode(before.slice(before.lastIndexOf('\n') + 1)).length;
    return `template: ${source.name}:${line}:${column}: executing ${JSON.stringify(name)} at <${nodeText(node)}>: `;
  }
}

const NEEDS_ONE = new Set(['call', 'eq', 'index', 'printf', 'slice']);
