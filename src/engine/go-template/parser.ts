import { GoFloat } from './go-values.ts';
import { lexTemplate, type Token, type TokenKind } from './lexer.ts';
import type { CommandNode, LiteralNode, Node, Operand, PipeNode } from './nodes.ts';
import { TemplateError } from './template-error.ts';
import { unquoteGo } from './unquote.ts';

export interface ParsedTemplate {
  readonly name: string;
  /** The text it stands in, and the name of that text: error places are counted there. */
  readonly source: { readonly name: string; readonly text: string };
  readonly body: readonly Node[];
}

type Ended = 'end' | 'else' | 'eof';
interface List {
  readonly nodes: readonly Node[];
  readonly ended: Ended;
}

/**
 * Parses one text into its template and those that it defines (`define`, `block`).
 * @param hasFunction which names may be called
 * @throws TemplateError in Go's words: `template: report:1: unexpected {{end}}`
 */
export function parseTemplate(
  name: string,
  text: string,
  hasFunction: (name: string) => boolean,
): readonly ParsedTemplate[] {
  return new Parser(name, text, hasFunction).run();
}

class Parser {
  readonly #source: { readonly name: string; readonly text: string };
  readonly #tokens: readonly Token[];
  readonly #hasFunction: (name: string) => boolean;
  readonly #templates: ParsedTemplate[] = [];
  #next = 0;
  #variables: string[] = ['$'];
  #loops = 0;

  constructor(name: string, text: string, hasFunction: (name: string) => boolean) {
    this.#source = { name, text };
    this.#tokens = lexTemplate(text);
    this.#hasFunction = hasFunction;
  }

  run(): readonly ParsedTemplate[] {
    const list = this.#list(true);
    if (list.ended !== 'eof') this.#fail(`unexpected {{${list.ended}}}`);
    return [{ name: this.#source.name, source: this.#source, body: list.nodes }, ...this.#templates];
  }

  #fail(message: string): never {
    const at = this.#tokens[Math.max(0, this.#next - 1)]?.at ?? 0;
    const line = this.#source.text.slice(0, at).split('\n').length;
    throw new TemplateError(`template: ${this.#source.name}:${line}: ${message}`);
  }

  #take(): Token {
    const token = this.#tokens[this.#next++] ?? { kind: 'end', text: '', at: this.#source.text.length };
    return token;
  }

  #peek(): Token {
    const token = this.#take();
    this.#next--;
    return token;
  }

  #skipSpace(): void {
    if (this.#peek().kind === 'space') this.#next++;
  }

  #takeNonSpace(): Token {
    this.#skipSpace();
    return this.#take();
  }

  #expect(kind: TokenKind, context: string): Token {
    const token = this.#takeNonSpace();
    if (token.kind !== kind) this.#unexpected(token, context);
    return token;
  }

  #unexpected(token: Token, context: string): never {
    if (token.kind === 'error') this.#fail(token.text);
    this.#fail(`unexpected ${shown(token)} in ${context}`);
  }

  /** Nodes up to `{{end}}`, `{{else}}` or the end of the text. After `else` the parser stands behind the word. */
  #list(isTop = false): List {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'text') nodes.push({ kind: 'Text', text: token.text, at: token.at });
      else if (token.kind === 'end') {
        if (!isTop) this.#fail('unexpected EOF');
        return { nodes, ended: 'eof' };
      } else if (token.kind !== 'open') this.#unexpected(token, 'input');
      else {
        const node = this.#action(isTop);
        if (node === 'end' || node === 'else') return { nodes, ended: node };
        if (node !== undefined) nodes.push(node);
      }
    }
  }

  #action(isTop: boolean): Node | 'end' | 'else' | undefined {
    const token = this.#takeNonSpace();
    if (token.kind !== 'keyword') {
      this.#next--;
      const pipe = this.#pipeline('command', 'close');
      return { kind: 'Action', pipe, at: token.at };
    }
    switch (token.text) {
      case 'if':
        return this.#branch('If', token);
      case 'with':
        return this.#branch('With', token);
      case 'range':
        return this.#branch('Range', token);
      case 'end':
        this.#expect('close', 'end');
        return 'end';
      case 'else':
        return 'else';
      case 'break':
      case 'continue':
        this.#expect('close', `{{${token.text}}}`);
        if (this.#loops === 0) this.#fail(`{{${token.text}}} outside {{range}}`);
        return { kind: token.text === 'break' ? 'Break' : 'Continue', at: token.at };
      case 'template': {
        this.#skipSpace();
        const { at } = this.#peek();
        const name = this.#templateName('template clause');
        return { kind: 'TemplateCall', name, pipe: this.#optionalPipeline('template clause'), at };
      }
      case 'define':
        if (!isTop) this.#unexpected(token, 'command');
        this.#define(token);
        return undefined;
      default: {
        const name = this.#templateName('block clause');
        const pipe = this.#pipeline('block clause', 'close');
        this.#body(name, 'block clause');
        return { kind: 'TemplateCall', name, pipe, at: token.at };
      }
    }
  }

  #templateName(context: string): string {
    const token = this.#takeNonSpace();
    if (token.kind !== 'string' && token.kind !== 'rawString') this.#unexpected(token, context);
    return this.#string(token);
  }

  #string(token: Token): string {
    return (
      (token.kind === 'rawString' ? token.text.slice(1, -1) : unquoteGo(token.text)) ?? this.#fail('invalid syntax')
    );
  }

  #optionalPipeline(context: string): PipeNode | undefined {
    if (this.#takeNonSpace().kind === 'close') return undefined;
    this.#next--;
    return this.#pipeline(context, 'close');
  }

  #define(token: Token): void {
    const name = this.#templateName('define clause');
    this.#expect('close', 'define clause');
    if (this.#templates.some((one) => one.name === name && one.body.some((node) => node.kind !== 'Text'))) {
      this.#fail(`template: multiple definition of template ${JSON.stringify(name)}`);
    }
    this.#body(name, 'define clause', token);
  }

  /** The body of a define or block: names of its own, ended by `{{end}}`. */
  #body(name: string, context: string, token?: Token): void {
    const variables = this.#variables;
    const loops = this.#loops;
    this.#variables = ['$'];
    this.#loops = 0;
    const list = this.#list();
    if (list.ended !== 'end') this.#unexpected(token ?? { kind: 'keyword', text: 'else', at: 0 }, context);
    this.#templates.push({ name, source: this.#source, body: list.nodes });
    this.#variables = variables;
    this.#loops = loops;
  }

  #branch(kind: 'If' | 'Range' | 'With', token: Token): Node {
    const context = kind.toLowerCase();
    const scope = this.#variables.length;
    const pipe = this.#pipeline(context, 'close');
    if (kind === 'Range') this.#loops++;
    const body = this.#list();
    if (kind === 'Range') this.#loops--;
    const orElse = body.ended === 'else' ? this.#orElse(kind, token) : undefined;
    this.#variables.length = scope;
    return { kind, pipe, body: body.nodes, orElse, at: token.at };
  }

  /** Behind `else`: `{{else if x}}` is an If alone in the list and shares its `{{end}}`. */
  #orElse(kind: 'If' | 'Range' | 'With', token: Token): readonly Node[] {
    const word = this.#takeNonSpace();
    if (word.kind === 'keyword' && word.text === kind.toLowerCase() && kind !== 'Range')
      return [this.#branch(kind, word)];
    if (word.kind !== 'close') this.#unexpected(word, token.text);
    const list = this.#list();
    if (list.ended === 'else') this.#fail('expected end; found {{else}}');
    return list.nodes;
  }

  /** Up to the closing token, which is taken. */
  #pipeline(context: string, close: 'close' | 'closeParen'): PipeNode {
    this.#skipSpace();
    const at = this.#peek().at;
    const head = this.#declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.#takeNonSpace();
      if (token.kind === close) {
        this.#checkPipeline(commands, context);
        return { kind: 'Pipe', ...head, commands, at };
      }
      const startsOperand = OPERAND_STARTS.has(token.kind);
      if (!startsOperand) this.#unexpected(token, context);
      this.#next--;
      commands.push(this.#command());
    }
  }

  /** `$x := `, `$x = `, in a range also `$i, $x := `. */
  #declarations(context: string): Pick<PipeNode, 'variables' | 'isAssignment'> {
    const start = this.#next;
    const names: string[] = [];
    for (;;) {
      const variable = this.#takeNonSpace();
      if (variable.kind !== 'variable') break;
      names.push(variable.text);
      const sign = this.#takeNonSpace();
      if (sign.kind === 'declare' || sign.kind === 'assign') {
        const isAssignment = sign.kind === 'assign';
        if (isAssignment) for (const name of names) this.#use(name);
        else this.#variables.push(...names);
        return { variables: names, isAssignment };
      }
      if (sign.kind !== 'comma' || context !== 'range' || names.length > 1) {
        if (sign.kind === 'comma') this.#fail(`too many declarations in ${context}`);
        break;
      }
    }
    this.#next = start;
    return { variables: [], isAssignment: false };
  }

  #checkPipeline(commands: readonly CommandNode[], context: string): void {
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    for (const [index, command] of commands.entries()) {
      const kind = command.arguments[0]?.kind;
      if (index > 0 && (kind === 'Literal' || kind === 'Dot' || kind === 'Nil')) {
        this.#fail(`non executable command in pipeline stage ${index + 1}`);
      }
    }
  }

  /** Operands up to `|` (taken) or a closing token (left). */
  #command(): CommandNode {
    const at = this.#peek().at;
    const operands: Operand[] = [];
    for (;;) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#take();
      if (token.kind === 'space') continue;
      if (token.kind === 'close' || token.kind === 'closeParen') this.#next--;
      else if (token.kind !== 'pipe') this.#unexpected(token, 'operand');
      break;
    }
    if (operands.length === 0) this.#fail('empty command');
    return { kind: 'Command', arguments: operands, at };
  }

  #operand(): Operand | undefined {
    const node = this.#term();
    if (node === undefined || this.#peek().kind !== 'field') return node;
    const at = this.#peek().at;
    const fields: string[] = [];
    while (this.#peek().kind === 'field') fields.push(this.#take().text.slice(1));
    if (node.kind === 'Field') return { kind: 'Field', names: [...node.names, ...fields], at };
    if (node.kind === 'Variable') return { ...node, fields: [...node.fields, ...fields], at };
    if (node.kind === 'Literal' || node.kind === 'Nil' || node.kind === 'Dot') {
      this.#fail(`unexpected . after term ${JSON.stringify(node.kind === 'Literal' ? node.text : '.')}`);
    }
    return { kind: 'Chain', of: node, fields, at };
  }

  #term(): Operand | undefined {
    const token = this.#take();
    const { at, text } = token;
    switch (token.kind) {
      case 'identifier':
        if (!this.#hasFunction(text)) this.#fail(`function ${JSON.stringify(text)} not defined`);
        return { kind: 'Function', name: text, at };
      case 'dot':
        return { kind: 'Dot', at };
      case 'nil':
        return { kind: 'Nil', at };
      case 'variable':
        this.#use(text);
        return { kind: 'Variable', name: text, fields: [], at };
      case 'field':
        return { kind: 'Field', names: [text.slice(1)], at };
      case 'bool':
        return { kind: 'Literal', value: text === 'true', text, at };
      case 'number':
        return { kind: 'Literal', value: this.#number(text), text, at };
      case 'character': {
        const value = this.#string(token).codePointAt(0);
        if (value === undefined) this.#fail(`malformed character constant: ${text}`);
        return { kind: 'Literal', value, text, at };
      }
      case 'string':
      case 'rawString':
        return { kind: 'Literal', value: this.#string(token), text, at };
      case 'openParen':
        return this.#pipeline('parenthesized pipeline', 'closeParen');
      default:
        this.#next--;
        return undefined;
    }
  }

  #use(name: string): void {
    if (!this.#variables.includes(name)) this.#fail(`undefined variable ${JSON.stringify(name)}`);
  }

  #number(text: string): LiteralNode['value'] {
    const digits = text.replaceAll('_', '').replace(/^\+/, '');
    const isNegative = digits.startsWith('-');
    const bare = isNegative ? digits.slice(1) : digits;
    const value = Number(/^0[0-7]+$/.test(bare) ? `0o${bare.slice(1)}` : bare);
    if (bare === '' || Number.isNaN(value)) this.#fail(`bad number syntax: ${JSON.stringify(text)}`);
    const signed = isNegative ? -value : value;
    const isFloat = !/^0[xX]/.test(bare) && /[.eE]/.test(bare);
    return isFloat && Number.isInteger(signed) ? new GoFloat(signed) : signed;
  }
}

const OPERAND_STARTS = new Set<TokenKind>([
  'bool',
  'character',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'openParen',
]);

/** A token as Go prints it in `unexpected … in …`. */
function shown(token: Token): string {
  if (token.kind === 'end') return 'EOF';
  if (token.kind === 'keyword' || token.kind === 'dot' || token.kind === 'nil') return `<${token.text}>`;
  const characters = Array.from(token.text);
  return characters.length > 10 ? `${JSON.stringify(characters.slice(0, 10).join(''))}...` : JSON.stringify(token.text);
}
