/** Random schemas of SQLite, in the form that its catalog gives. */
import fc from 'fast-check';
import type { SchemaObject } from '../../../src/engine/schema/object.ts';
import type { Realm } from '../../../src/engine/schema/realm.ts';
import type { Check, Column, ForeignKey, ForeignKeyAction, Index, Table } from '../../../src/engine/schema/table.ts';

/** Plain ones, keywords, and what only quoting makes a name. */
const NAMES = [
  'a',
  'b',
  'c',
  'order',
  'Group',
  'na me',
  "o'clock",
  'tick`ed',
  'quo"ted',
  'dot.ted',
  'ünï',
  '1st',
  '-',
  '${x}',
];
const TABLES = ['users', 'pets', 'table', 'we`ird "t"', 'Mixed Case'];
const TYPES = [
  'int',
  'integer',
  'bigint',
  'text',
  'varchar(20)',
  'real',
  'decimal(10,2)',
  'blob',
  'boolean',
  'datetime',
  'json',
  'uuid',
  'my type(3)',
];
const ACTIONS: readonly ForeignKeyAction[] = ['NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT'];

const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

const column = (name: string): fc.Arbitrary<Column> =>
  fc
    .record({
      type: fc.constantFrom(...TYPES),
      isNullable: fc.boolean(),
      default: fc.constantFrom(
        undefined,
        undefined,
        'x',
        "it's",
        '',
        0,
        7,
        -3,
        1.5,
        true,
        { sql: 'CURRENT_TIMESTAMP' },
        { sql: '(1 + 2)' },
        '${x}\n',
      ),
      collate: fc.constantFrom(undefined, undefined, undefined, 'NOCASE'),
      generated: fc.constantFrom(undefined, undefined, undefined, undefined, 'VIRTUAL' as const, 'STORED' as const),
    })
    .map(
      ({ type, isNullable, default: value, collate, generated }): Column => ({
        name,
        type: { text: type },
        isNullable,
        ...(generated !== undefined
          ? { generated: { expression: '1 + 1', storage: generated } }
          : value === undefined
            ? {}
            : { default: value }),
        properties: collate === undefined ? {} : { collate },
      }),
    );

interface Draft {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly keyLength: number;
  readonly indexes: readonly { readonly unique: boolean; readonly picks: readonly number[]; readonly kind: number }[];
  readonly checks: readonly (readonly [string, number])[];
  readonly strict: boolean;
  readonly target: number;
  readonly actions: readonly [ForeignKeyAction, ForeignKeyAction];
  readonly hasKey: boolean;
  readonly hasView: boolean;
  readonly hasTrigger: boolean;
}

const table = (name: string): fc.Arbitrary<Draft> =>
  fc.record({
    name: fc.constant(name),
    columns: fc
      .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 5, selector: (one) => one.toLowerCase() })
      .chain((names) => fc.tuple(...names.map(column))),
    keyLength: fc.nat(2),
    indexes: fc.array(
      fc.record({ unique: fc.boolean(), picks: fc.array(fc.nat(4), { minLength: 1, maxLength: 2 }), kind: fc.nat(4) }),
      { maxLength: 2 },
    ),
    checks: fc.array(fc.tuple(fc.constantFrom('', 'chk'), fc.nat(4)), { maxLength: 1 }),
    strict: fc.constant(false),
    target: fc.nat(4),
    actions: fc.tuple(fc.constantFrom(...ACTIONS), fc.constantFrom(...ACTIONS)),
    hasKey: fc.boolean(),
    hasView: fc.boolean(),
    hasTrigger: fc.boolean(),
  });

/** Up to four tables, with keys, indexes, checks, foreign keys, views and triggers. */
export const sqliteRealm: fc.Arbitrary<Realm> = fc
  .uniqueArray(fc.constantFrom(...TABLES), { maxLength: 4 })
  .chain((names) => fc.tuple(...names.map(table)))
  .map((drafts) => {
    const tables = drafts.map((draft) => build(draft, drafts));
    const objects = drafts.flatMap((draft, i): readonly SchemaObject[] => {
      const [first] = draft.columns;
      const name = first?.name ?? '';
      const view: SchemaObject = {
        kind: 'view',
        name: `v${i}`,
        properties: { as: `SELECT ${quoted(name)} FROM ${quoted(draft.name)}` },
        dependsOn: [],
      };
      const trigger: SchemaObject = {
        kind: 'trigger',
        name: `t${i}`,
        on: draft.name,
        properties: { when: '1 > 0', as: 'BEGIN SELECT 1; END', after: { update_of: [name] } },
        dependsOn: [],
      };
      return [...(draft.hasView ? [view] : []), ...(draft.hasTrigger ? [trigger] : [])];
    });
    return { objects: [], schemas: [{ name: 'main', properties: {}, tables, objects }] };
  });

/** A table has one column at least that is no expression. */
const withoutExpression = ({ generated: _, ...rest }: Column): Column => rest;

function build(draft: Draft, all: readonly Draft[]): Table {
  const { name, checks } = draft;
  const columns = draft.columns.map((one, i) => (i === 0 ? withoutExpression(one) : one));
  const plain = columns.filter(({ generated }) => generated === undefined);
  const key = plain.slice(0, draft.keyLength);
  const target = all[draft.target % all.length];
  const referenced =
    target === undefined
      ? undefined
      : target.columns.filter(({ generated }) => generated === undefined).slice(0, target.keyLength);
  const isReferable = draft.hasKey && referenced !== undefined && referenced.length === 1 && plain.length > 0;
  const foreignKey: ForeignKey = {
    name: 'fk',
    columns: [plain.at(-1)?.name ?? ''],
    references: { schema: 'main', table: target?.name ?? '', columns: referenced?.map((one) => one.name) ?? [] },
    onUpdate: draft.actions[0],
    onDelete: draft.actions[1],
    properties: {},
  };
  const indexes = draft.indexes.map(({ unique, picks, kind }, i): Index => {
    const parts = [...new Set(picks.map((pick) => columns[pick % columns.length]?.name ?? ''))];
    return {
      name: `${name}_i${i}`,
      isUnique: unique,
      parts:
        kind === 1
          ? [{ expression: `length(${quoted(parts[0] ?? '')})`, isDescending: false, properties: {} }]
          : parts.map((one) => ({ column: one, isDescending: kind === 2, properties: {} })),
      properties: kind === 3 ? { where: `${quoted(parts[0] ?? '')} IS NOT NULL` } : {},
    };
  });
  return {
    name,
    columns,
    ...(key.length === 0
      ? {}
      : {
          primaryKey: {
            name: '',
            parts: key.map((one) => ({ column: one.name, isDescending: false, properties: {} })),
            properties: {},
          },
        }),
    foreignKeys: isReferable ? [foreignKey] : [],
    indexes,
    checks: checks.map(([check, n]): Check => ({ name: check, expression: `${n} < 5`, properties: {} })),
    properties: {},
    dependsOn: [],
  };
}
