import type { AttributeSpec } from '../dialects/dialect.ts';
import { isSql, type Properties, type Property } from '../schema/property.ts';
import { attribute, block, type HclItem, isIdentifier, quoteString, quoteText, step } from './hcl-writer.ts';

/** Attributes first, then sub-blocks, in the order in which the dialect has them. */
export function printProperties(properties: Properties, specs: readonly AttributeSpec[]): readonly HclItem[] {
  const items = specs.flatMap((spec): readonly HclItem[] => {
    const value = properties[spec.name] ?? (spec.isPrinted === true ? spec.default : undefined);
    if (value === undefined) return [];
    return spec.form === 'blocks' && Array.isArray(value)
      ? value.map((one) => printProperty({ ...spec, form: 'block' }, one))
      : [printProperty(spec, value)];
  });
  return [...items.filter(({ kind }) => kind === 'attribute'), ...items.filter(({ kind }) => kind === 'block')];
}

function printProperty({ name, form, attributes = [] }: AttributeSpec, value: Property): HclItem {
  if (form === 'block') return block(name, [], printProperties(value as Properties, attributes));
  if (form === 'map')
    return block(
      name,
      [],
      Object.entries(value).map(([key, text]) => attribute(key, printLiteral(String(text)))),
    );
  if (form === 'column') return attribute(name, `column${step(String(value))}`);
  if (form === 'columns' && Array.isArray(value))
    return attribute(name, `[${value.map((column) => `column${step(String(column))}`).join(', ')}]`);
  if (Array.isArray(value)) return attribute(name, `[${value.map((item) => quoteString(String(item))).join(', ')}]`);
  if (isSql(value)) return attribute(name, printSql(value.sql));
  if (form === 'word' && typeof value === 'string' && isIdentifier(value)) return attribute(name, value);
  return attribute(name, typeof value === 'string' ? quoteText(value) : String(value));
}

/** Numbers and truth values bare, all else as a string. */
const printLiteral = (text: string): string =>
  /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(text) ? text : quoteString(text);

export const printSql = (sql: string): string => `sql(${quoteString(sql)})`;
