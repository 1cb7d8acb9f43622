/** How a type of Postgres is written (atlas-engine.md 1.4; postgresql.org/docs/current/datatype.html). */
export interface TypeForm {
  /** As `format_type` begins it, in Atlas's short form for times: `character varying`, `timestamptz`. */
  readonly sql: string;
  /** Most sizes that it takes. */
  readonly sizes: 0 | 1 | 2;
  /** A size that is the same as none. */
  readonly dropped?: number;
  /** The size where none is said. */
  readonly implied?: number;
}

const plain = (...names: readonly string[]): readonly (readonly [string, TypeForm])[] =>
  names.map((name) => [name, { sql: name, sizes: 0 }]);

/** Fields of an interval; those that end with seconds take a precision. */
const FIELDS = [
  'year',
  'month',
  'day',
  'hour',
  'minute',
  'second',
  'year to month',
  'day to hour',
  'day to minute',
  'day to second',
  'hour to minute',
  'hour to second',
  'minute to second',
];

const intervals = FIELDS.map((field): readonly [string, TypeForm] => [
  field.replaceAll(' ', '_'),
  { sql: `interval ${field}`, sizes: field.endsWith('second') ? 1 : 0, dropped: 6 },
]);

/** By the name that HCL has for it; the canonical one where there are several. */
export const TYPE_FORMS: ReadonlyMap<string, TypeForm> = new Map<string, TypeForm>([
  ['bit', { sql: 'bit', sizes: 1, implied: 1 }],
  ['bit_varying', { sql: 'bit varying', sizes: 1 }],
  ['character_varying', { sql: 'character varying', sizes: 1 }],
  ['character', { sql: 'character', sizes: 1, implied: 1 }],
  ...plain('bpchar', 'text', 'name', 'smallint', 'integer', 'bigint', 'smallserial', 'serial', 'bigserial'),
  ['double_precision', { sql: 'double precision', sizes: 0 }],
  ['numeric', { sql: 'numeric', sizes: 2 }],
  ...plain('real', 'money', 'boolean', 'bytea', 'date'),
  ['time', { sql: 'time', sizes: 1, dropped: 6 }],
  ['timetz', { sql: 'timetz', sizes: 1, dropped: 6 }],
  ['timestamp', { sql: 'timestamp', sizes: 1, dropped: 6 }],
  ['timestamptz', { sql: 'timestamptz', sizes: 1, dropped: 6 }],
  ['interval', { sql: 'interval', sizes: 1, dropped: 6 }],
  ...intervals,
  ...plain('cidr', 'inet', 'macaddr', 'macaddr8', 'circle', 'line', 'lseg', 'box', 'path', 'point', 'polygon'),
  ...plain('json', 'jsonb', 'jsonpath', 'xml', 'hstore', 'tsvector', 'tsquery', 'uuid'),
  ...plain('int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'),
  ...plain('int4multirange', 'int8multirange', 'nummultirange', 'tsmultirange', 'tstzmultirange', 'datemultirange'),
  ...plain('oid', 'regclass', 'regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper', 'regoperator'),
  ...plain('regproc', 'regprocedure', 'regrole', 'regtype', 'xid', 'xid8', 'pg_lsn', 'txid_snapshot', 'pg_snapshot'),
  ...plain('any', 'anyelement', 'anyarray', 'anynonarray', 'anyenum', 'anyrange', 'anymultirange', 'anycompatible'),
  ...plain('internal', 'record', 'trigger', 'event_trigger', 'void', 'unknown', 'cstring', 'language_handler'),
]);

/** Other words for the same, in SQL and in HCL. */
export const ALIASES: ReadonlyMap<string, string> = new Map([
  ['int', 'integer'],
  ['int4', 'integer'],
  ['int2', 'smallint'],
  ['int8', 'bigint'],
  ['varchar', 'character varying'],
  ['char', 'character'],
  ['nchar', 'character'],
  ['varbit', 'bit varying'],
  ['float4', 'real'],
  ['float8', 'double precision'],
  ['decimal', 'numeric'],
  ['dec', 'numeric'],
  ['bool', 'boolean'],
  ['serial2', 'smallserial'],
  ['serial4', 'serial'],
  ['serial8', 'bigserial'],
  ['timestamp without time zone', 'timestamp'],
  ['timestamp with time zone', 'timestamptz'],
  ['time without time zone', 'time'],
  ['time with time zone', 'timetz'],
]);

/** What a serial column is an integer of. */
export const SERIAL_OF: ReadonlyMap<string, string> = new Map([
  ['smallint', 'smallserial'],
  ['integer', 'serial'],
  ['bigint', 'bigserial'],
]);
