import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import { type Properties, sameProperty } from '../../../schema/property.ts';
import type { AttributeSpec, Row } from '../../dialect.ts';
import { literal, words } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { isOwn } from '../catalog/queries.ts';
import { quote } from '../quote.ts';
import { blockOf, blocksOf, given, readTypeCell, trimBody, typeOf, typeSql } from './properties.ts';
import { typeJson } from './query-parts.ts';

/** What functions, procedures and aggregates have in common. */
export const ARGUMENTS: AttributeSpec = {
  name: 'arg',
  form: 'blocks',
  isLabelled: true,
  attributes: [
    { name: 'type', form: 'type', isRequired: true },
    { name: 'mode', form: 'word', values: ['IN', 'OUT', 'INOUT', 'VARIADIC'], default: 'IN' },
    { name: 'default', form: 'sql' },
  ],
};

export const ROUTINE_ATTRIBUTES: readonly AttributeSpec[] = [
  { name: 'lang', form: 'word', values: ['SQL', 'PLpgSQL'], isOpen: true, isRequired: true },
  { name: 'as', form: 'body', isRequired: true },
  { name: 'library', form: 'string' },
  { name: 'security', form: 'word', values: ['INVOKER', 'DEFINER'], default: 'INVOKER' },
  { name: 'comment', form: 'string' },
  ARGUMENTS,
  { name: 'config_params', form: 'map' },
];

/** Letters of proargmodes. */
const MODES: Readonly<Record<string, string>> = { o: 'OUT', b: 'INOUT', v: 'VARIADIC' };
/** proargmodes of a column of RETURNS TABLE. */
const OF_TABLE = 't';

/** Not those that come with a type, as the constructors of a range do. */
export const IS_OWN_ROUTINE = `${isOwn('pg_proc', 'p.oid')} AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS y
  WHERE y.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND y.objid = p.oid AND y.deptype = 'i')`;

/** JSON of the arguments of `p`, for `readArguments`. */
export const ARGUMENTS_JSON = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', COALESCE(p.proargnames[g.at], ''), 'mode', COALESCE(p.proargmodes[g.at]::pg_catalog.text, 'i'),
    'default', pg_catalog.pg_get_function_arg_default(p.oid, g.at::pg_catalog.int4), 'type', ${typeJson('g.type')}) ORDER BY g.at)
  FROM pg_catalog.unnest(COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[])) WITH ORDINALITY AS g(type, at))`;

interface ArgumentCell {
  readonly name: string;
  readonly mode: string;
  readonly default: string | null;
  readonly type: unknown;
}

export function readArguments(cell: unknown): {
  readonly args: readonly Properties[];
  /** Of RETURNS TABLE. */
  readonly columns: readonly Properties[];
} {
  const all = (json<readonly ArgumentCell[]>(cell) ?? []).map((one) => ({
    isColumn: one.mode === OF_TABLE,
    properties: {
      name: one.name,
      ...given({ type: readTypeCell(one.type), mode: MODES[one.mode], default: one.default ?? undefined }),
    } as Properties,
  }));
  return {
    args: all.filter(({ isColumn }) => !isColumn).map(({ properties }) => properties),
    columns: all.filter(({ isColumn }) => isColumn).map(({ properties }) => properties),
  };
}

/** Of a row with lang, body, sql_body, library, is_definer, config, args, comment. */
export function readRoutine(row: Row, args: readonly Properties[]): Properties {
  const config = Object.fromEntries(
    (json<readonly string[]>(row.config) ?? []).map((one) => {
      const at = one.indexOf('=');
      return [one.slice(0, at), one.slice(at + 1)] as const;
    }),
  );
  const lang = text(row.lang);
  return given({
    lang: { sql: 'SQL', plpgsql: 'PLpgSQL' }[lang] ?? lang,
    as: trimBody(textOr(row.sql_body) ?? text(row.body)),
    library: textOr(row.library),
    security: row.is_definer === true ? 'DEFINER' : undefined,
    comment: textOr(row.comment),
    arg: args,
    config_params: Object.keys(config).length === 0 ? undefined : config,
  });
}

const nameText = ({ name }: Properties): string | false => name !== undefined && name !== '' && quote(String(name));

const modeOf = ({ mode }: Properties): string | undefined => (mode === undefined ? undefined : String(mode));

/** `("a" integer, OUT "b" text DEFAULT 'x')`. */
export const argumentsText = (schema: string, { arg }: Properties, context: EmitContext): string =>
  `(${blocksOf(arg)
    .map((one) =>
      words(
        modeOf(one),
        nameText(one),
        typeSql(schema, one.type, context),
        one.default !== undefined && `DEFAULT ${String(one.default)}`,
      ),
    )
    .join(', ')})`;

const isInput = (one: Properties): boolean => one.mode !== 'OUT';

/** What tells it from others of its name: `integer,text`. */
export const signatureOf = ({ arg }: Properties): string =>
  JSON.stringify(
    blocksOf(arg)
      .filter(isInput)
      .map(({ type }) => [typeOf(type)?.text, typeOf(type)?.object?.schema ?? '']),
  );

/** `"f" (integer, text)`, as DROP and COMMENT ON name it. */
export const routineTarget = (schema: string, { name, properties }: SchemaObject, context: EmitContext): string =>
  `${context.name(schema, name)} (${blocksOf(properties.arg)
    .filter(isInput)
    .map((one) => words(one.mode === 'VARIADIC' && 'VARIADIC', typeSql(schema, one.type, context)))
    .join(', ')})`;

/** Names, modes and defaults of arguments: OR REPLACE changes none of the first two, and takes no default away. */
export function hasSameArguments({ from, to }: ModifyObject): boolean {
  const [old, wanted] = [blocksOf(from.properties.arg), blocksOf(to.properties.arg)];
  return (
    old.length === wanted.length &&
    old.every((one, i) => {
      const other = wanted[i] ?? {};
      return (
        (one.name === other.name || one.name === '') &&
        one.mode === other.mode &&
        sameProperty(one.type, other.type) &&
        (one.default === undefined || other.default !== undefined)
      );
    })
  );
}

/** `LANGUAGE plpgsql`. */
export function languageText({ lang }: Properties): string {
  const name = String(lang);
  const known = { SQL: 'sql', PLPGSQL: 'plpgsql' }[name.toUpperCase()];
  return `LANGUAGE ${known ?? (/^[a-z_][a-z0-9_]*$/.test(name) ? name : quote(name))}`;
}

/** A body that the server has parsed stands without quotes: `RETURN …`, `BEGIN ATOMIC … END`. */
export function bodyText({ lang, as, library }: Properties): string {
  const body = trimBody(String(as));
  if (/^(?:BEGIN\s+ATOMIC|RETURN)\b/i.test(body) && String(lang).toUpperCase() === 'SQL') return body;
  if (library !== undefined) return `AS ${literal(String(library))}, ${literal(body)}`;
  const tag = tagFor(body);
  return `AS ${tag}${body}${tag}`;
}

/** The first that the body, with the dollar that follows it, has nothing of. */
function tagFor(body: string): string {
  let tag = '$$';
  for (let i = 1; `${body}$`.includes(tag); i += 1) tag = `$body${i === 1 ? '' : i}$`;
  return tag;
}

/** Settings whose value is a list of names (guc_tables of the server, GUC_LIST_QUOTE): each in quotes of its own. */
const LISTS = new Set(['search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries']);

export const settingsText = ({ config_params: params }: Properties): readonly string[] =>
  Object.entries(blockOf(params)).map(([name, value]) => {
    const text = String(value);
    const items = LISTS.has(name.toLowerCase()) ? (text.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [text]) : [text];
    const plain = items.map((item) => (/^".*"$/s.test(item) ? item.slice(1, -1).replaceAll('""', '"') : item));
    return `SET ${/^[a-z_][a-z0-9_.]*$/i.test(name) ? name : quote(name)} TO ${plain.map(literal).join(', ')}`;
  });
