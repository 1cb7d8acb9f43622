import type { AttributeSpec } from '../dialects/dialect.ts';
import type { ObjectReference } from '../schema/object.ts';
import { isSql, type Properties, type Property } from '../schema/property.ts';
import { isReference } from '../schema/property-references.ts';
import type { ColumnType, Default, Index } from '../schema/table.ts';
import {
  attribute,
  block,
  type HclBlock,
  type HclItem,
  isIdentifier,
  quoteString,
  quoteText,
  step,
} from './hcl-writer.ts';

/** What only the document knows: how it names what properties refer to. */
export interface DocumentWords {
  reference(reference: ObjectReference): string;
  type(type: ColumnType): string;
  index(index: Index): HclBlock;
}

/**
 * Attributes first, then sub-blocks, in the order in which the dialect has them.
 * @param words missing where no attribute refers to anything
 */
export function printProperties(
  properties: Properties,
  specs: readonly AttributeSpec[],
  words?: DocumentWords,
): readonly HclItem[] {
  const items = specs.flatMap((spec): readonly HclItem[] => {
    const value = properties[spec.name] ?? (spec.isPrinted === true ? spec.default : undefined);
    if (value === undefined) return [];
    if (spec.form === 'indexes')
      return (value as unknown as readonly Index[]).flatMap((one) => words?.index(one) ?? []);
    return spec.form === 'blocks' && Array.isArray(value)
      ? value.map((one) => printProperty({ ...spec, form: 'block' }, one, words))
      : [printProperty(spec, value, words)];
  });
  return [...items.filter(({ kind }) => kind === 'attribute'), ...items.filter(({ kind }) => kind === 'block')];
}

function printProperty(spec: AttributeSpec, value: Property, words: DocumentWords | undefined): HclItem {
  const { name, form, attributes = [] } = spec;
  switch (form) {
    case 'block':
      return block(name, labelsOf(spec, value), printProperties(value as Properties, attributes, words));
    case 'map':
      return block(
        name,
        [],
        Object.entries(value).map(([key, text]) => attribute(key, printLiteral(String(text)))),
      );
    case 'column':
      return attribute(name, `column${step(String(value))}`);
    default:
      return attribute(name, Array.isArray(value) ? printList(spec, value) : printValue(spec, value, words));
  }
}

const labelsOf = ({ isLabelled }: AttributeSpec, value: Property): readonly string[] => {
  const { name } = value as Properties;
  return isLabelled === true && typeof name === 'string' && name !== '' ? [name] : [];
};

function printList({ form, values = [] }: AttributeSpec, items: readonly Property[]): string {
  const texts = items.map(String).map((text) => {
    if (form === 'columns') return `column${step(text)}`;
    return form === 'words' && values.includes(text) ? text : quoteString(text);
  });
  return `[${texts.join(', ')}]`;
}

function printValue({ form }: AttributeSpec, value: Property, words: DocumentWords | undefined): string {
  if (form === 'type') return words?.type(value as unknown as ColumnType) ?? '';
  if (isReference(value)) return words?.reference(value) ?? '';
  if (isSql(value)) return printSql(value.sql);
  if (typeof value !== 'string') return String(value);
  if (form === 'word' && isIdentifier(value)) return value;
  return form === 'body' || form === 'sql' ? quoteText(value) : quoteString(value);
}

/** Numbers and truth values bare, all else as a string. */
const printLiteral = (text: string): string =>
  /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(text) ? text : quoteString(text);

export const printSql = (sql: string): string => `sql(${quoteString(sql)})`;

export function printDefault(value: Default): string {
  if (isSql(value)) return printSql(value.sql);
  return typeof value === 'string' ? quoteString(value) : String(value);
}
