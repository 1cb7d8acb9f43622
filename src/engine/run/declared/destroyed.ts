import type { Change } from '../../changes/change.ts';
import type { Dialect } from '../../dialects/dialect.ts';
import { planRealms } from '../../plan/plan-realms.ts';
import type { Realm } from '../../schema/realm.ts';

/**
 * What of a way from one state to the other destroys data, in statements that `Driver.dropChecks` reads: tables and columns that are dropped. The
 * statements of the way itself do not tell: where SQLite builds a table anew they drop one whose rows are in the new one.
 */
export function destroyedBy(dialect: Dialect, from: Realm, to: Realm): readonly string[] {
  const { quote } = dialect;
  const isBound = from.boundTo !== undefined || to.boundTo !== undefined;
  const nameOf = (schema: string, table: string): string =>
    isBound ? quote(table) : `${quote(schema)}.${quote(table)}`;
  const dropTable = (schema: string, table: string): string => `DROP TABLE ${nameOf(schema, table)}`;
  const ofChange = (change: Change): readonly string[] => {
    switch (change.kind) {
      case 'DropSchema':
        return change.from.tables.map(({ name }) => dropTable(change.from.name, name));
      case 'DropTable':
        return [dropTable(change.schema, change.from.name)];
      case 'ModifyTable': {
        const table = nameOf(change.schema, change.from.name);
        return change.changes.flatMap((one) =>
          one.kind === 'DropColumn' ? [`ALTER TABLE ${table} DROP COLUMN ${quote(one.from.name)}`] : [],
        );
      }
      default:
        return [];
    }
  };
  return planRealms(dialect, from, to).changes.flatMap(ofChange);
}
