import { WordReader } from '../../../dialects/word-reader.ts';
import { wordsOf } from './words.ts';

export type ObjectKind = 'TABLE' | 'SEQUENCE' | 'VIEW' | 'PROCEDURE' | 'FUNCTION' | 'TRIGGER' | 'EVENT' | 'DATABASE';

/** As `SHOW CREATE` names it. `database`: undefined for the session's. */
export interface TouchedObject {
  readonly kind: ObjectKind;
  readonly database: string | undefined;
  readonly name: string;
}

/** How it can be known afterwards whether a statement that commits by itself has landed. */
export type Touched =
  /** By the definitions of these objects: they differ if it has. Where they do not, a second run does no more than the first did. */
  | { readonly proof: 'definition'; readonly objects: readonly TouchedObject[] }
  /** Rows go or change their table while definitions may stay: by the storage engine's own ids of the tables, or by what they hold. */
  | { readonly proof: 'storage'; readonly objects: readonly TouchedObject[]; readonly empties: boolean }
  /** Running it twice is running it once. */
  | { readonly proof: 'repeatable' }
  /** Nothing in the catalog shows it: `why` for the person who has to decide. */
  | { readonly proof: 'none'; readonly why: string };

const REPEATABLE = [
  ...[
    'ANALYZE',
    'BEGIN',
    'CACHE',
    'CHECK',
    'CHECKSUM',
    'COMMIT',
    'DESC',
    'DESCRIBE',
    'EXPLAIN',
    'FLUSH',
    'GRANT',
    'HELP',
  ],
  ...['LOCK', 'OPTIMIZE', 'REPAIR', 'REVOKE', 'ROLLBACK', 'SAVEPOINT', 'SET', 'SHOW', 'START', 'UNLOCK', 'USE'],
] as const;

/** What a statement touches, by its first words (dev.mysql.com/doc/refman/8.4/en/sql-data-definition-statements.html, and MariaDB's). */
export function touchedObjects(statement: string): Touched {
  const reader = new WordReader(wordsOf(statement));
  if (REPEATABLE.some((word) => reader.take(word))) return { proof: 'repeatable' };
  if (reader.take('CREATE')) return touchedByCreate(reader);
  if (reader.take('ALTER')) return touchedByAlter(reader);
  if (reader.take('DROP')) return touchedByDrop(reader);
  if (reader.take('TRUNCATE')) {
    reader.take('TABLE');
    return storage(one('TABLE', reader), true);
  }
  if (reader.take('RENAME') && (reader.take('TABLE') || reader.take('TABLES'))) return touchedByRename(reader);
  return unknown('what it does cannot be seen from its text');
}

const unknown = (why: string): Touched => ({ proof: 'none', why });

const definition = (objects: readonly TouchedObject[]): Touched =>
  objects.length === 0 ? unknown('its objects cannot be read from its text') : { proof: 'definition', objects };

const storage = (objects: readonly TouchedObject[], empties: boolean): Touched =>
  objects.length === 0 ? unknown('its table cannot be read from its text') : { proof: 'storage', objects, empties };

/** The next name, as an object. */
function one(kind: ObjectKind, reader: WordReader): readonly TouchedObject[] {
  reader.take('IF', 'NOT', 'EXISTS');
  reader.take('IF', 'EXISTS');
  const found = reader.name();
  return found === undefined ? [] : [{ kind, ...found }];
}

const KINDS = ['VIEW', 'SEQUENCE', 'PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT'] as const;

function touchedByCreate(reader: WordReader): Touched {
  reader.take('OR', 'REPLACE');
  if (reader.take('TEMPORARY')) return { proof: 'repeatable' }; // gone with its session
  if (reader.take('TABLE')) return definition(one('TABLE', reader));
  reader.skip('ONLINE', 'OFFLINE', 'UNIQUE', 'FULLTEXT', 'SPATIAL', 'VECTOR');
  if (reader.take('INDEX')) return definition(indexedTable(reader));
  if (reader.take('DATABASE') || reader.take('SCHEMA')) return definition(databases(reader));
  if (reader.take('USER') || reader.take('ROLE') || reader.take('SERVER')) {
    return unknown('accounts are not in the catalog that a tenant can read');
  }
  // DEFINER = …, ALGORITHM = …, SQL SECURITY …, AGGREGATE stand before the word that says what it is.
  const kind = reader.findFirst(KINDS);
  return kind === undefined ? unknown('what it makes cannot be seen from its text') : definition(one(kind, reader));
}

function indexedTable(reader: WordReader): readonly TouchedObject[] {
  return reader.find('ON') ? one('TABLE', reader) : [];
}

function databases(reader: WordReader): readonly TouchedObject[] {
  return one('DATABASE', reader).map(({ kind, name }) => ({ kind, database: undefined, name }));
}

function touchedByAlter(reader: WordReader): Touched {
  reader.skip('ONLINE', 'OFFLINE', 'IGNORE');
  if (reader.take('TABLE')) return touchedByAlterTable(reader);
  if (reader.take('DATABASE') || reader.take('SCHEMA')) return definition(databases(reader));
  if (reader.has('SEQUENCE') && reader.has('RESTART'))
    return unknown('where a sequence stands is not part of its definition');
  const kind = reader.findFirst(KINDS);
  if (kind === undefined)
    return unknown('accounts and the server itself are not in the catalog that a tenant can read');
  const objects = one(kind, reader);
  return definition(reader.find('RENAME', 'TO') ? [...objects, ...one(kind, reader)] : objects);
}

function touchedByAlterTable(reader: WordReader): Touched {
  const table = one('TABLE', reader);
  if (reader.has('DISCARD', 'TABLESPACE') || reader.has('IMPORT', 'TABLESPACE'))
    return unknown('a tablespace is not in the catalog');
  if (reader.has('TRUNCATE', 'PARTITION')) return storage(table, false);
  if (reader.find('EXCHANGE', 'PARTITION')) {
    return storage(reader.find('WITH', 'TABLE') ? [...table, ...one('TABLE', reader)] : table, false);
  }
  while (reader.find('RENAME')) {
    // A column, index or key is renamed inside of the table.
    if (reader.take('COLUMN') || reader.take('INDEX') || reader.take('KEY')) continue;
    reader.skip('TO', 'AS', '=');
    return definition([...table, ...one('TABLE', reader)]);
  }
  return definition(table);
}

function touchedByDrop(reader: WordReader): Touched {
  if (reader.take('TEMPORARY')) return { proof: 'repeatable' };
  if (reader.take('INDEX')) return definition(indexedTable(reader));
  if (reader.take('DATABASE') || reader.take('SCHEMA')) return definition(databases(reader));
  for (const kind of ['TABLE', ...KINDS] as const) {
    if (!reader.take(kind) && !(kind === 'TABLE' && reader.take('TABLES'))) continue;
    // What a crash has left of a list of tables, the second run drops.
    if (reader.take('IF', 'EXISTS')) return { proof: 'repeatable' };
    const objects = [...one(kind, reader)];
    while (reader.take(',')) objects.push(...one(kind, reader));
    return definition(objects);
  }
  return unknown('accounts and the server itself are not in the catalog that a tenant can read');
}

function touchedByRename(reader: WordReader): Touched {
  const objects: TouchedObject[] = [];
  do {
    objects.push(...one('TABLE', reader));
    if (reader.take('WAIT')) reader.name();
    reader.take('NOWAIT');
    if (reader.take('TO')) objects.push(...one('TABLE', reader));
  } while (reader.take(','));
  // Tables of one shape that change places look the same before and after.
  const names = new Set(objects.map(({ database, name }) => `${database ?? ''}.${name}`));
  return names.size < objects.length ? storage(objects, false) : definition(objects);
}
