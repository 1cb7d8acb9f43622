/** Random schemas of Postgres: all that stands in a table. Expressions are in the form that the server gives them. */
import fc from 'fast-check';
import type { Properties } from '../../../src/engine/schema/property.ts';
import type { Realm } from '../../../src/engine/schema/realm.ts';
import type { Column, Default, ForeignKey, ForeignKeyAction, Index, Table } from '../../../src/engine/schema/table.ts';

export const SCHEMA = 'my schema';

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
const ACTIONS: readonly ForeignKeyAction[] = ['NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT'];

/** Types, each with defaults that it may have. */
const TYPES: readonly (readonly [string, readonly Default[]])[] = [
  ['integer', [0, -7, { sql: '(1 + 2)' }]],
  ['smallint', [3]],
  ['bigint', [12]],
  ['text', ['x', "it's", '', '${x}\n', { sql: 'CURRENT_USER' }]],
  ['character varying(20)', ['x']],
  ['character varying', []],
  ['character(3)', []],
  ['numeric', [1.5]],
  ['numeric(10,2)', [2]],
  ['real', []],
  ['double precision', []],
  ['boolean', [true, false]],
  ['bytea', []],
  ['date', ['2024-01-31']],
  ['time(3)', []],
  ['timetz', []],
  ['timestamp', []],
  ['timestamptz(3)', [{ sql: 'now()' }]],
  ['interval', []],
  ['interval day to second(3)', []],
  ['bit(4)', []],
  ['bit varying', []],
  ['uuid', [{ sql: 'gen_random_uuid()' }]],
  ['json', []],
  ['jsonb', ['{}']],
  ['inet', []],
  ['point', []],
  ['tsvector', []],
  ['int4range', []],
  ['integer[]', []],
  ['text[]', ['{}']],
];
const SERIALS = ['smallserial', 'serial', 'bigserial'];
const INTEGERS = ['smallint', 'integer', 'bigint'];
/** Those that a btree sorts and a key may be of. */
const isPlain = ({ type, generated }: Column): boolean =>
  generated === undefined &&
  (INTEGERS.includes(type.text) ||
    SERIALS.includes(type.text) ||
    /^(?:text|character|uuid|date)(?!.*\[)/.test(type.text));
const isText = ({ type, generated }: Column): boolean =>
  generated === undefined && /^(?:text|character)(?!.*\[)/.test(type.text);

const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && name !== 'order' ? name : `"${name.replaceAll('"', '""')}"`;

const column = (name: string): fc.Arbitrary<Column> =>
  fc
    .record({
      pick: fc.nat(TYPES.length - 1),
      value: fc.nat(5),
      isNullable: fc.boolean(),
      kind: fc.nat(12),
      start: fc.constantFrom(1, 5),
      comment: fc.constantFrom(undefined, undefined, undefined, 'it\'s a \\ "c"'),
      collate: fc.constantFrom(undefined, undefined, 'C'),
      label: fc.constantFrom('x', 'y'),
    })
    .map(({ pick, value, isNullable, kind, start, comment, collate, label }): Column => {
      const said: Properties = comment === undefined ? {} : { comment };
      if (kind === 0) return { name, type: { text: SERIALS[pick % 3] ?? '' }, isNullable: false, properties: said };
      if (kind === 1) {
        const identity: Properties = {
          ...(isNullable ? { generated: 'ALWAYS' } : {}),
          ...(start === 1 ? {} : { start }),
        };
        return { name, type: { text: INTEGERS[pick % 3] ?? '' }, isNullable: false, properties: { ...said, identity } };
      }
      if (kind === 2)
        return {
          name,
          type: { text: 'integer' },
          isNullable,
          generated: { expression: '(1 + 1)', storage: 'STORED' },
          properties: said,
        };
      if (kind === 3 || kind === 4) {
        const object = { kind: 'enum', schema: SCHEMA, name: 'Mood' };
        const isArray = kind === 4;
        return {
          name,
          type: { text: isArray ? 'Mood[]' : 'Mood', object },
          isNullable,
          ...(isArray ? {} : { default: label }),
          properties: said,
        };
      }
      const [type, defaults] = TYPES[pick] ?? ['text', []];
      const chosen = defaults[value];
      return {
        name,
        type: { text: type },
        isNullable,
        ...(chosen === undefined ? {} : { default: chosen }),
        properties: { ...(collate !== undefined && /^(?:text|character)/.test(type) ? { collate } : {}), ...said },
      };
    });

interface Draft {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly keyLength: number;
  readonly indexes: readonly { readonly unique: boolean; readonly picks: readonly number[]; readonly kind: number }[];
  readonly check: number;
  readonly target: number;
  readonly actions: readonly [ForeignKeyAction, ForeignKeyAction];
  readonly hasKey: boolean;
  readonly deferrable: string | undefined;
  readonly shape: number;
}

const DEFERRABLE = fc.constantFrom(undefined, undefined, 'INITIALLY_IMMEDIATE', 'INITIALLY_DEFERRED');

const table = (name: string): fc.Arbitrary<Draft> =>
  fc.record({
    name: fc.constant(name),
    columns: fc
      .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 5 })
      .chain((names) => fc.tuple(...names.map(column))),
    keyLength: fc.nat(2),
    indexes: fc.array(
      fc.record({ unique: fc.boolean(), picks: fc.array(fc.nat(4), { minLength: 1, maxLength: 2 }), kind: fc.nat(9) }),
      { maxLength: 3 },
    ),
    check: fc.nat(3),
    target: fc.nat(4),
    actions: fc.tuple(fc.constantFrom(...ACTIONS), fc.constantFrom(...ACTIONS)),
    hasKey: fc.boolean(),
    deferrable: DEFERRABLE,
    shape: fc.nat(9),
  });

/** Up to four tables with everything that stands in one, and an enum that they may use. */
export const postgresRealm: fc.Arbitrary<Realm> = fc
  .record({
    drafts: fc
      .uniqueArray(fc.constantFrom(...TABLES), { maxLength: 4 })
      .chain((names) => fc.tuple(...names.map(table))),
    values: fc.constantFrom(['x', 'y'], ['x', 'y', "z'"], ['w', 'x', 'v', 'y']),
    said: fc.constantFrom(undefined, 'moods'),
  })
  .map(({ drafts, values, said }) => ({
    objects: [],
    boundTo: SCHEMA,
    schemas: [
      {
        name: SCHEMA,
        properties: {},
        tables: drafts.map((draft) => build(draft, drafts)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        objects: [
          {
            kind: 'enum',
            name: 'Mood',
            properties: { values, ...(said === undefined ? {} : { comment: said }) },
            dependsOn: [],
          },
        ],
      },
    ],
  }));

const keyOf = ({ columns, keyLength }: Draft): readonly Column[] => columns.filter(isPlain).slice(0, keyLength);

function build(draft: Draft, all: readonly Draft[]): Table {
  const { name, columns, shape, check, deferrable } = draft;
  const key = keyOf(draft);
  const later: Properties = deferrable === undefined ? {} : { deferrable };
  const isKey = (one: Column): boolean => key.includes(one);
  return {
    name,
    columns: columns.map((one) => (isKey(one) ? { ...one, isNullable: false } : one)),
    ...(key.length === 0
      ? {}
      : {
          primaryKey: {
            name: shape === 0 ? `${name} key` : '',
            parts: key.map((one) => ({ column: one.name, isDescending: false, properties: {} })),
            properties: shape === 1 ? { comment: 'the key' } : {},
          },
        }),
    foreignKeys: foreignKeys(draft, all, later),
    indexes: draft.indexes
      .flatMap((one, i) => indexOf(draft, one, i, later))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    checks:
      check === 0
        ? []
        : [
            {
              name: `${name} check`,
              expression: `(${check} < 5)`,
              properties: check === 2 ? { no_inherit: true } : {},
            },
          ],
    properties: {
      ...(shape === 2 ? { unlogged: true } : {}),
      ...(shape === 3 ? { comment: "what's this" } : {}),
      ...(shape === 4 ? { storage_params: { fillfactor: '70' } } : {}),
      ...(shape === 5 ? { row_security: { enabled: true } } : {}),
      ...(shape === 6 ? { replica_identity: 'FULL' } : {}),
    },
    dependsOn: [],
  };
}

function foreignKeys(draft: Draft, all: readonly Draft[], properties: Properties): readonly ForeignKey[] {
  const target = all[draft.target % all.length];
  const [referenced, second] = target === undefined ? [] : keyOf(target);
  const own = draft.columns.find(
    (one) => isPlain(one) && baseOf(one) === (referenced === undefined ? '' : baseOf(referenced)),
  );
  // Neither side may be lost on a crash while the other is not.
  const isMixed = (target?.shape === 2) !== (draft.shape === 2);
  if (
    !draft.hasKey ||
    target === undefined ||
    referenced === undefined ||
    second !== undefined ||
    own === undefined ||
    isMixed
  )
    return [];
  return [
    {
      name: `${draft.name} fk`,
      columns: [own.name],
      references: { schema: SCHEMA, table: target.name, columns: [referenced.name] },
      onUpdate: draft.actions[0],
      onDelete: draft.actions[1],
      properties,
    },
  ];
}

/** Without what two types may differ in and still be joined by a key. */
const baseOf = ({ type }: Column): string =>
  ({ smallserial: 'smallint', serial: 'integer', bigserial: 'bigint' })[type.text] ?? type.text.replace(/\(.*/, '');

const sameNames = (names: readonly string[], columns: readonly Column[]): boolean =>
  names.toSorted().join('\n') ===
  columns
    .map(({ name }) => name)
    .toSorted()
    .join('\n');

function indexOf(
  draft: Draft,
  { unique, picks, kind }: Draft['indexes'][number],
  i: number,
  later: Properties,
): readonly Index[] {
  const { name, columns } = draft;
  const plain = columns.filter(isPlain);
  const parts = [...new Set(picks.flatMap((pick) => plain[pick % plain.length]?.name ?? []))];
  const [first] = parts;
  if (first === undefined) return [];
  const keys = parts.map((column) => ({ column, isDescending: false, properties: {} as Properties }));
  const index = (more: Partial<Index>): readonly Index[] => [
    { name: `${name}_i${i}`, isUnique: unique, parts: keys, properties: {}, ...more },
  ];
  const texts = columns.find(isText);
  const other = plain.find((one) => !parts.includes(one.name));
  switch (kind) {
    case 0:
      // The server makes one of two equal constraints, the primary key among them.
      return i > 0 || sameNames(parts, keyOf(draft))
        ? index({})
        : index({ isUnique: true, constraint: 'unique', properties: later });
    case 1:
      return index({
        parts: keys.map((one) => ({ ...one, isDescending: true, properties: unique ? { nulls_last: true } : {} })),
      });
    case 2:
      return index({ parts: keys.map((one) => ({ ...one, properties: { nulls_first: true } })) });
    case 3:
      return index({ properties: { where: `(${quoted(first)} IS NOT NULL)` } });
    case 4:
      return texts === undefined
        ? index({})
        : index({
            parts: [
              {
                column: texts.name,
                isDescending: false,
                properties: {
                  ops: /^character\(/.test(texts.type.text)
                    ? 'bpchar_pattern_ops'
                    : texts.type.text === 'text'
                      ? 'text_pattern_ops'
                      : 'varchar_pattern_ops',
                },
              },
            ],
          });
    case 5:
      return other === undefined ? index({}) : index({ properties: { include: [other.name], comment: 'covers' } });
    case 6:
      return index({ isUnique: false, parts: keys.slice(0, 1), properties: { type: 'HASH' } });
    case 7:
      return index({ isUnique: false, properties: { type: 'BRIN', page_per_range: 16 } });
    case 8:
      return index({ properties: { storage_params: { fillfactor: '80' } } });
    default:
      return index({});
  }
}
