import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { commentOn } from '../emit/comment.ts';
import { quote } from '../quote.ts';
import type { PostgresObject } from './postgres-object.ts';

/** What differs between kinds whose CREATE, DROP and COMMENT ON are of one form. */
interface Words {
  /** Behind CREATE, DROP, COMMENT ON: `DOMAIN`. */
  readonly sort: string;
  /** Comment of a statement, behind its verb: `domain type "d"` (atlas-engine.md 2.9). */
  label(name: string): string;
  /** How statements name it; the qualified name where nothing is said. */
  target?(schema: string, object: SchemaObject, context: EmitContext): string;
  /** CREATE …, whole. */
  text(schema: string, object: SchemaObject, context: EmitContext): string;
  /** What CREATE has no words for. */
  after?(schema: string, object: SchemaObject, context: EmitContext): readonly Statement[];
  /** It has a comment that is not the user's: none is set. */
  readonly hasOwnComment?: boolean;
  /** What alters it, but for its comment. Missing: nothing does. */
  alter?(schema: string, change: ModifyObject, context: EmitContext): readonly Statement[];
}

/** CREATE with its comment, DROP that creates it again on the way back, ALTER and the comment. */
export function emitterOf(words: Words): PostgresObject['emit'] {
  const nameOf = (schema: string, object: SchemaObject, context: EmitContext): string =>
    words.target?.(schema, object, context) ?? context.name(schema, object.name);
  const commentsOn = (name: string, from: SchemaObject | undefined, to: SchemaObject): readonly Statement[] =>
    words.hasOwnComment === true
      ? []
      : commentOn(words.sort, name, words.label(to.name), from?.properties.comment, to.properties.comment);
  const create = (schema: string, object: SchemaObject, context: EmitContext): readonly Statement[] => {
    const name = nameOf(schema, object, context);
    return [
      {
        text: words.text(schema, object, context),
        comment: `create ${words.label(object.name)}`,
        reverse: [`DROP ${words.sort} ${name}`],
      },
      ...(words.after?.(schema, object, context) ?? []),
      ...commentsOn(name, undefined, object),
    ];
  };
  const drop = (schema: string, object: SchemaObject, context: EmitContext): readonly Statement[] => [
    {
      text: `DROP ${words.sort} ${nameOf(schema, object, context)}`,
      comment: `drop ${words.label(object.name)}`,
      reverse: create(schema, object, { ...context, indent: '' }).map(({ text }) => text),
    },
  ];
  const modify = (schema: string, change: ModifyObject, context: EmitContext): readonly Statement[] => [
    ...(words.alter?.(schema, change, context) ?? []),
    ...commentsOn(nameOf(schema, change.to, context), change.from, change.to),
  ];
  return { create, drop, modify };
}

/** Drops it and makes it anew: for what nothing else can stand on. */
export const replace =
  ({ drop, create }: Pick<PostgresObject['emit'], 'drop' | 'create'>): PostgresObject['emit']['modify'] =>
  (schema, { from, to }, context) => [...drop(schema, from, context), ...create(schema, to, context)];

/** One ALTER with its way back; none where both say the same. */
export function alter(comment: string, text: string | undefined, reverse: string | undefined): readonly Statement[] {
  return text === undefined || text === ''
    ? []
    : [{ text, comment, reverse: reverse === undefined || reverse === '' ? [] : [reverse] }];
}

/** Whether more than the named aspects differs. */
export const differsBeyond = ({ changed }: ModifyObject, ...aspects: readonly string[]): boolean =>
  changed.some((aspect) => !aspects.includes(aspect));

/** `ON "t"`: what a trigger or a policy stands on. */
export const onText = (schema: string, { on = '' }: SchemaObject, context: EmitContext): string =>
  `ON ${context.name(schema, on)}`;

export const quotedOn = (schema: string, object: SchemaObject, context: EmitContext): string =>
  `${quote(object.name)} ${onText(schema, object, context)}`;
