import type { Change } from '../changes/change.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { type EmitContext, printStatement, type Statement } from '../dialects/statement.ts';
import type { Realm } from '../schema/realm.ts';
import { orderChanges } from './order-changes.ts';
import { replaceObjects } from './replace-objects.ts';

export interface PlanOptions {
  /** Bound to one schema: names are not qualified. */
  readonly isSchemaScoped: boolean;
  /** For each level of a statement that is broken into lines; '' for one line. */
  readonly indent: string;
}

export interface Plan {
  readonly statements: readonly Statement[];
  /** Every statement says what undoes it. */
  readonly isReversible: boolean;
}

/** The statements that bring a database from one realm to the other, in an order in which they can run. */
export function planChanges(
  dialect: Dialect,
  realms: { readonly from: Realm; readonly to: Realm },
  changes: readonly Change[],
  { isSchemaScoped, indent }: PlanOptions,
): Plan {
  const { quote } = dialect;
  const qualified = (schema: string, name: string): string => `${quote(schema)}.${quote(name)}`;
  const context: EmitContext = {
    ...realms,
    indent,
    name: (schema, name) => (isSchemaScoped || schema === '' ? quote(name) : qualified(schema, name)),
    nameFrom: (from, schema, name) =>
      (isSchemaScoped && from === schema) || schema === '' ? quote(name) : qualified(schema, name),
  };
  const emitted = orderChanges(dialect, replaceObjects(dialect, realms, changes)).flatMap((change) =>
    emit(dialect, change, context),
  );
  const statements = dialect.plan.frame?.(emitted, changes, context) ?? emitted;
  return { statements, isReversible: statements.every(({ reverse }) => reverse !== 'irreversible') };
}

/** The record of emitters has one for each kind; its type is lost on the way through the union. */
function emit({ plan }: Dialect, change: Change, context: EmitContext): readonly Statement[] {
  const emitter = plan.emit[change.kind] as (change: Change, context: EmitContext) => readonly Statement[];
  return emitter(change, context);
}

export const printStatements = (statements: readonly Statement[]): string =>
  statements.map(({ comment, text }) => printStatement(comment, text)).join('');
