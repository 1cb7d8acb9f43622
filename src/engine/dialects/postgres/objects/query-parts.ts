import type { Scope } from '../../dialect.ts';
import { collationName, isOwn } from '../catalog/queries.ts';

/** JSON of a type, for `readTypeCell`. @param oid, @param mod SQL of the type's oid and typmod */
export const typeJson = (oid: string, mod = '-1'): string =>
  `(SELECT pg_catalog.json_build_object('type', pg_catalog.format_type(ty.oid, ${mod}), 'sort', COALESCE(el.typtype, ty.typtype),
      'type_name', COALESCE(el.typname, ty.typname), 'type_schema', tn.nspname, 'row_of', COALESCE(er.relkind, tr.relkind),
      'is_extension', NOT ${isOwn('pg_type', 'COALESCE(el.oid, ty.oid)')})
    FROM pg_catalog.pg_type AS ty LEFT JOIN pg_catalog.pg_type AS el ON el.oid = ty.typelem AND ty.typcategory = 'A'
      JOIN pg_catalog.pg_namespace AS tn ON tn.oid = COALESCE(el.typnamespace, ty.typnamespace)
      LEFT JOIN pg_catalog.pg_class AS tr ON tr.oid = ty.typrelid LEFT JOIN pg_catalog.pg_class AS er ON er.oid = el.typrelid
    WHERE ty.oid = ${oid})`;

/** JSON of a function, for `readFunctionCell`. */
export const functionJson = (oid: string): string =>
  `(SELECT pg_catalog.json_build_object('schema', fn.nspname, 'name', fp.proname,
      'kind', CASE fp.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
      'isOwn', fn.nspname <> 'pg_catalog' AND ${isOwn('pg_proc', 'fp.oid')})
    FROM pg_catalog.pg_proc AS fp JOIN pg_catalog.pg_namespace AS fn ON fn.oid = fp.pronamespace WHERE fp.oid = ${oid})`;

export const commentOf = (oid: string, catalog: string): string =>
  `pg_catalog.obj_description(${oid}, '${catalog}') AS comment`;

/** Name of a collation where it is not the type's own. */
export const collationOf = (collation: string, own: string): string =>
  `CASE WHEN ${collation} <> 0 AND ${collation} <> ${own} THEN ${collationName(collation)} END`;

/** What belongs to no schema is not seen by a connection that is bound to one. */
export const ofRealm = ({ isBound }: Scope): string => (isBound === true ? 'false' : 'true');
