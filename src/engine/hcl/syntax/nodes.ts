/** The syntax tree of HCL. Nodes hold offsets into their source; `rangeOf` turns them into lines and columns. */
import type { Range } from '../../diagnostics/diagnostic.ts';
import type { SourceText } from '../../diagnostics/source-text.ts';

export interface Located {
  readonly source: SourceText;
  /** UTF-16 units from 0. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Body extends Located {
  readonly kind: 'Body';
  /** As written; a name occurs once (the second one is a diagnostic and left out). */
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
}

export interface Attribute extends Located {
  readonly kind: 'Attribute';
  readonly name: string;
  readonly nameEnd: number;
  readonly value: Expression;
}

export interface Label extends Located {
  readonly value: string;
  readonly isQuoted: boolean;
}

export interface Block extends Located {
  readonly kind: 'Block';
  readonly type: string;
  /** Where the type and the labels end. */
  readonly headerEnd: number;
  readonly labels: readonly Label[];
  readonly body: Body;
}

export interface NumberLiteral extends Located {
  readonly kind: 'NumberLiteral';
  readonly text: string;
}
export interface BoolLiteral extends Located {
  readonly kind: 'BoolLiteral';
  readonly value: boolean;
}
export interface NullLiteral extends Located {
  readonly kind: 'NullLiteral';
}
/** A piece of text in a template, escapes resolved, strip marks and dedent applied. */
export interface TextLiteral extends Located {
  readonly kind: 'TextLiteral';
  readonly value: string;
}
/** A quoted string or a heredoc. A single interpolation with nothing around it keeps the type of its value. */
export interface Template extends Located {
  readonly kind: 'Template';
  readonly form: 'quoted' | 'heredoc' | 'flush-heredoc' | 'part';
  readonly parts: readonly Expression[];
}
export interface Interpolation extends Located {
  readonly kind: 'Interpolation';
  readonly value: Expression;
}
export interface TemplateIf extends Located {
  readonly kind: 'TemplateIf';
  readonly condition: Expression;
  readonly then: Template;
  readonly otherwise: Template;
}
export interface TemplateFor extends Located {
  readonly kind: 'TemplateFor';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly body: Template;
}
export interface Variable extends Located {
  readonly kind: 'Variable';
  readonly name: string;
}
export interface GetAttribute extends Located {
  readonly kind: 'GetAttribute';
  readonly object: Expression;
  readonly name: string;
  /** Of the dot. */
  readonly stepStart: number;
}
export interface Index extends Located {
  readonly kind: 'Index';
  readonly object: Expression;
  readonly key: Expression;
  /** Of the bracket or, in the old form `a.0`, the dot. */
  readonly stepStart: number;
}
export interface Splat extends Located {
  readonly kind: 'Splat';
  readonly object: Expression;
  /** What is made of each element, which stands in it as a SplatItem. */
  readonly each: Expression;
  readonly item: SplatItem;
  readonly isFull: boolean;
  readonly stepStart: number;
}
export interface SplatItem extends Located {
  readonly kind: 'SplatItem';
}
export type UnaryOperator = '-' | '!';
export interface Unary extends Located {
  readonly kind: 'Unary';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
}
export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';
export interface Binary extends Located {
  readonly kind: 'Binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
export interface Conditional extends Located {
  readonly kind: 'Conditional';
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
}
export interface Parentheses extends Located {
  readonly kind: 'Parentheses';
  readonly inner: Expression;
}
export interface TupleConstructor extends Located {
  readonly kind: 'TupleConstructor';
  readonly items: readonly Expression[];
}
export interface ObjectItem {
  /** A bare name is a Variable here and means its own name; in parentheses it is an expression. */
  readonly key: Expression;
  readonly value: Expression;
}
export interface ObjectConstructor extends Located {
  readonly kind: 'ObjectConstructor';
  readonly items: readonly ObjectItem[];
}
export interface For extends Located {
  readonly kind: 'For';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  /** There is one in `{for …}` only. */
  readonly key: Expression | undefined;
  readonly value: Expression;
  readonly condition: Expression | undefined;
  readonly isGrouping: boolean;
}
export interface Call extends Located {
  readonly kind: 'Call';
  readonly name: string;
  readonly nameEnd: number;
  readonly args: readonly Expression[];
  /** The last argument is `list...`. */
  readonly isExpanding: boolean;
}
/** Stands where a syntax error was found; its value is unknown, so that nothing else is reported because of it. */
export interface Invalid extends Located {
  readonly kind: 'Invalid';
}

export type Expression =
  | NumberLiteral
  | BoolLiteral
  | NullLiteral
  | TextLiteral
  | Template
  | Interpolation
  | TemplateIf
  | TemplateFor
  | Variable
  | GetAttribute
  | Index
  | Splat
  | SplatItem
  | Unary
  | Binary
  | Conditional
  | Parentheses
  | TupleConstructor
  | ObjectConstructor
  | For
  | Call
  | Invalid;

/** File, lines, columns and offsets of a node. */
export function rangeOf(node: Located): Range {
  return node.source.range(node.start, node.end);
}

/** The attribute of that name, if the body has it. */
export function findAttribute(body: Body, name: string): Attribute | undefined {
  return body.attributes.find((attribute) => attribute.name === name);
}

/** All blocks of that type, in order. */
export function findBlocks(body: Body, type: string): readonly Block[] {
  return body.blocks.filter((block) => block.type === type);
}
