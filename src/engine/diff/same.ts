import type { AttributeSpec } from '../dialects/dialect.ts';
import { unwrap } from '../dialects/sql-text.ts';
import { isSql, type Properties, type Property, sameProperty } from '../schema/property.ts';

export type SameExpression = (from: string, to: string) => boolean;

/** Expressions are equal with and without parentheses around them. */
export const expressions =
  (ask: SameExpression = () => false): SameExpression =>
  (from, to) => {
    const [left, right] = [unwrap(from), unwrap(to)];
    return left === right || ask(left, right);
  };

/** Names of the properties that differ, sorted. A comment that is empty and one that is missing are the same. */
export function changedProperties(
  from: Properties,
  to: Properties,
  specs: readonly AttributeSpec[],
  sameSql: SameExpression,
): readonly string[] {
  return specs
    .filter((spec) => !spec.isIgnored && !(spec.isLearned === true && to[spec.name] === undefined))
    .filter((spec) => !sameValue(spec, from[spec.name], to[spec.name], sameSql))
    .map(({ name }) => name)
    .toSorted();
}

function sameValue(
  spec: AttributeSpec,
  from: Property | undefined,
  to: Property | undefined,
  sameSql: SameExpression,
): boolean {
  const missing = spec.default ?? (spec.form === 'bool' ? false : spec.name === 'comment' ? '' : undefined);
  const [left, right] = [from ?? missing, to ?? missing];
  if (spec.form === 'word' && typeof left === 'string' && typeof right === 'string')
    return left.toUpperCase() === right.toUpperCase();
  if (spec.form === 'sql') {
    const [leftSql, rightSql] = [sqlOf(left), sqlOf(right)];
    return leftSql === undefined || rightSql === undefined ? leftSql === rightSql : sameSql(leftSql, rightSql);
  }
  if (spec.form === 'map') return sameProperty(mapOf(spec, left), mapOf(spec, right));
  if (spec.form === 'body' && typeof left === 'string' && typeof right === 'string')
    return left === right || bodyOf(left) === bodyOf(right);
  if (spec.form === 'block' && spec.attributes !== undefined && isRecord(left) && isRecord(right))
    return changedProperties(left, right, spec.attributes, sameSql).length === 0;
  if (spec.form === 'blocks' && Array.isArray(left) && Array.isArray(right))
    return (
      left.length === right.length &&
      left.every((one: Property, i) => sameValue({ ...spec, form: 'block' }, one, right[i], sameSql)) &&
      (spec.isLabelled !== true || left.every((one: Property, i) => labelOf(one) === labelOf(right[i])))
    );
  return sameProperty(left, right);
}

/** Values are text: the database reads `70` and `"70"` alike. An empty map is none. */
const mapOf = ({ secrets = [] }: AttributeSpec, value: Property | undefined): Properties =>
  Object.fromEntries(
    Object.entries(isRecord(value) ? value : {})
      .filter(([name]) => !secrets.includes(name))
      .map(([name, one]) => [name, String(one)]),
  );

/** Outer white space of each line, and what stands at both ends, means nothing (atlas-engine.md 2.3, bodies). */
const bodyOf = (text: string): string =>
  text
    .replaceAll(/^[\s;]+|[\s;]+$/g, '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ');

const labelOf = (value: Property | undefined): Property | undefined => (isRecord(value) ? value.name : undefined);

const sqlOf = (value: Property | undefined): string | undefined =>
  isSql(value) ? value.sql : typeof value === 'string' ? value : undefined;

const isRecord = (value: Property | undefined): value is Properties =>
  typeof value === 'object' && !Array.isArray(value);
