import type { Types, TypeWords } from '../dialect.ts';

/**
 * Types by class: two of one class are equal, whatever their size (atlas-engine.md 1.6). In SQLite a type is a hint: what is stored depends on
 * its affinity (sqlite.org/datatype3.html, 3.1).
 */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  integer: [
    'integer',
    'int',
    'tinyint',
    'smallint',
    'mediumint',
    'bigint',
    'unsigned big int',
    'int2',
    'int8',
    'uint64',
  ],
  real: ['real', 'double', 'double precision', 'float'],
  decimal: ['decimal', 'numeric'],
  text: ['text', 'character', 'varchar', 'varying character', 'nchar', 'native character', 'nvarchar', 'clob'],
  blob: ['blob'],
  bool: ['bool', 'boolean'],
  time: ['date', 'datetime'],
  json: ['json', 'jsonb'],
  uuid: ['uuid'],
};
const CLASS_OF = new Map(
  Object.entries(CLASSES).flatMap(([name, types]) => types.map((type) => [type, name] as const)),
);
const FORM = /^\s*([^(]*?)\s*(?:\(\s*([^)]*?)\s*\))?\s*$/;
const MOST_ARGUMENTS = 2;

const split = (text: string): { readonly name: string; readonly size: string | undefined } => {
  const [, name = '', size] = FORM.exec(text) ?? [];
  return { name: name.toLowerCase().replaceAll(/\s+/g, ' '), size: size?.replaceAll(/\s+/g, '') };
};

const join = (name: string, size: string | undefined): string =>
  size === undefined || size === '' ? name : `${name}(${size})`;

export const SQLITE_TYPES: Types = {
  names: [...CLASS_OF.keys()].map((name) => name.replaceAll(' ', '_')),
  parse({ name, arguments: sizes }: TypeWords) {
    const known = name.replaceAll('_', ' ');
    if (!CLASS_OF.has(known)) return { problem: `unknown type "${name}"` };
    if (sizes.length > MOST_ARGUMENTS) return { problem: `type "${name}" takes at most two sizes` };
    return { text: join(known, sizes.length === 0 ? undefined : sizes.join(',')) };
  },
  canonical(sql) {
    const { name, size } = split(sql);
    return CLASS_OF.has(name) ? join(name, size) : sql.trim();
  },
  print(text) {
    const { name, size } = split(text);
    return CLASS_OF.has(name) ? join(name.replaceAll(' ', '_'), size) : undefined;
  },
};

/** Class of a type; undefined for one of the user's. */
export const classOf = (text: string): string | undefined => CLASS_OF.get(split(text).name);
