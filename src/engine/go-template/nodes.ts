/** The tree of a parsed template: the node kinds of Go's text/template/parse. `at` is an offset into the template's text. */
interface Placed {
  readonly at: number;
}

export interface TextNode extends Placed {
  readonly kind: 'Text';
  readonly text: string;
}
export interface ActionNode extends Placed {
  readonly kind: 'Action';
  readonly pipe: PipeNode;
}
/** if, range and with have one shape; `else if` is an If alone in `orElse`. */
export interface BranchNode extends Placed {
  readonly kind: 'If' | 'Range' | 'With';
  readonly pipe: PipeNode;
  readonly body: readonly Node[];
  readonly orElse: readonly Node[] | undefined;
}
export interface TemplateCallNode extends Placed {
  readonly kind: 'TemplateCall';
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}
export interface LoopJumpNode extends Placed {
  readonly kind: 'Break' | 'Continue';
}
export type Node = TextNode | ActionNode | BranchNode | TemplateCallNode | LoopJumpNode;

export interface PipeNode extends Placed {
  readonly kind: 'Pipe';
  /** Names with their `$`. */
  readonly variables: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly CommandNode[];
}
export interface CommandNode extends Placed {
  readonly kind: 'Command';
  readonly arguments: readonly Operand[];
}
export interface FieldNode extends Placed {
  readonly kind: 'Field';
  readonly names: readonly string[];
}
export interface VariableNode extends Placed {
  readonly kind: 'Variable';
  readonly name: string;
  readonly fields: readonly string[];
}
export interface ChainNode extends Placed {
  readonly kind: 'Chain';
  readonly of: Operand;
  readonly fields: readonly string[];
}
export interface FunctionNode extends Placed {
  readonly kind: 'Function';
  readonly name: string;
}
export interface LiteralNode extends Placed {
  readonly kind: 'Literal';
  readonly value: unknown;
  /** As written. */
  readonly text: string;
}
export interface DotNode extends Placed {
  readonly kind: 'Dot';
}
export interface NilNode extends Placed {
  readonly kind: 'Nil';
}
export type Operand = FieldNode | VariableNode | ChainNode | FunctionNode | LiteralNode | DotNode | NilNode | PipeNode;

/** The source of a node in Go's normal form, for `executing "x" at <…>`. */
export function nodeText(node: Operand | CommandNode | TemplateCallNode): string {
  switch (node.kind) {
    case 'Field':
      return node.names.map((name) => `.${name}`).join('');
    case 'Variable':
      return [node.name, ...node.fields].join('.');
    case 'Chain': {
      const of = node.of.kind === 'Pipe' ? `(${nodeText(node.of)})` : nodeText(node.of);
      return of + node.fields.map((name) => `.${name}`).join('');
    }
    case 'Function':
      return node.name;
    case 'Literal':
      return node.text;
    case 'Dot':
      return '.';
    case 'Nil':
      return 'nil';
    case 'Command':
      return node.arguments.map((one) => (one.kind === 'Pipe' ? `(${nodeText(one)})` : nodeText(one))).join(' ');
    case 'Pipe': {
      const sign = node.isAssignment ? ' = ' : ' := ';
      const head = node.variables.length === 0 ? '' : node.variables.join(', ') + sign;
      return head + node.commands.map(nodeText).join(' | ');
    }
    case 'TemplateCall':
      return `{{template ${JSON.stringify(node.name)}${node.pipe === undefined ? '' : ` ${nodeText(node.pipe)}`}}}`;
  }
}
