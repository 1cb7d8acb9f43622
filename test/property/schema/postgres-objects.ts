/** Random objects of Postgres: a few of each kind, which need each other, with names that only quoting makes names. */
import fc from 'fast-check';

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const WORDS = ['x', "it's", 'two\nlines', '${y}', '%{z}', '$$', '\\n', ''];
const NAMES = ['plain', 'order', 'Mixed Case', 'quo"ted', "o'clock", 'dot.ted', 'ünï', '1st', '${x}', 'SQL'];

const option = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** SQL that makes a schema's worth of objects; each is there or not, and in one of its forms. */
export const objectsSql: fc.Arbitrary<string> = fc
  .record({
    name: option(NAMES),
    comment: option(WORDS),
    nullable: fc.boolean(),
    preset: option(['', "DEFAULT 'a'", "DEFAULT 'it''s'"]),
    check: option(['', 'CHECK (length(VALUE) > 1)', 'CHECK (length(VALUE) > 2)']),
    fields: option(['a integer', 'a integer, b text COLLATE "C"', 'b text, c integer[]']),
    cycle: fc.boolean(),
    increment: option([1, 5, -1]),
    volatility: option(['VOLATILE', 'STABLE', 'IMMUTABLE']),
    argument: option(['a integer', 'a integer, b text DEFAULT NULL', 'b text', '']),
    body: option(['SELECT 1', 'SELECT 2 -- two', "SELECT length('x'';')"]),
    view: option(['SELECT 1 AS a', 'SELECT 1 AS a, 2 AS b', "SELECT 'x'::text AS a", 'SELECT id AS a FROM base']),
    barrier: fc.boolean(),
    level: option(['ROW', 'STATEMENT']),
    events: option(['INSERT', 'UPDATE OF id', 'INSERT OR DELETE']),
    role: option(['PUBLIC', 'CURRENT_USER']),
    using: option(['id > 0', "note <> 'x'"]),
    bounds: option(["FROM ('2024-01-01') TO ('2025-01-01')", "FROM (MINVALUE) TO ('2025-01-01')"]),
    has: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
  })
  .map((one) => {
    const [n, note] = [quoted(one.name), text(one.comment)];
    const value = (at: number, sql: string): string => (one.has[at] === true ? `${sql};\n` : '');
    return [
      'CREATE TABLE base (id integer PRIMARY KEY, note text);\n',
      value(0, `CREATE DOMAIN d AS text ${one.preset} ${one.nullable ? '' : 'NOT NULL'} ${one.check}`),
      value(0, `COMMENT ON DOMAIN d IS ${note}`),
      value(1, `CREATE TYPE ${quoted(`c ${one.name}`)} AS (${one.fields})`),
      value(2, `CREATE SEQUENCE ${n} INCREMENT BY ${one.increment} ${one.cycle ? 'CYCLE' : ''}`),
      value(
        3,
        `CREATE FUNCTION f(${one.argument}) RETURNS integer LANGUAGE sql ${one.volatility} AS ${text(one.body)}`,
      ),
      value(3, `COMMENT ON FUNCTION f IS ${note}`),
      value(4, `CREATE VIEW v ${one.barrier ? 'WITH (security_barrier)' : ''} AS ${one.view}`),
      value(4, 'CREATE VIEW above AS SELECT a FROM v'),
      value(5, `CREATE MATERIALIZED VIEW m AS ${one.view}`),
      value(5, 'CREATE INDEX m_a ON m (a)'),
      'CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;\n',
      value(6, `CREATE TRIGGER ${n} AFTER ${one.events} ON base FOR EACH ${one.level} EXECUTE FUNCTION t(${note})`),
      value(7, `CREATE POLICY ${n} ON base TO ${one.role} USING (${one.using})`),
      value(8, 'CREATE TABLE parent (at date NOT NULL) PARTITION BY RANGE (at)'),
      value(8, `CREATE TABLE part PARTITION OF parent FOR VALUES ${one.bounds}`),
      value(9, `CREATE PROCEDURE p(${one.argument}) LANGUAGE plpgsql AS ${text(`BEGIN\n  PERFORM ${note};\nEND`)}`),
    ].join('');
  });
