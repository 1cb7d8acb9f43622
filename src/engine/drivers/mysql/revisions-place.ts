import type { MigrationTarget } from '../../run/types.ts';
import { quoteId } from './quote.ts';
import { REVISIONS } from './revision-rows.ts';

/** The database of a target whose URL is bound to a whole server, and where the ambiguity guard looks. */
export const REVISIONS_DATABASE = 'atlas_schema_revisions';

/** Where a target's revisions are (atlas-config-cli.md 4.5): `--revisions-schema`, else the URL's database, else one of their own. */
export interface RevisionsPlace {
  readonly database: string;
  /** Quoted, with the database. */
  readonly table: string;
  /** It is the database of the URL itself. */
  readonly isOwn: boolean;
  /** A table in REVISIONS_DATABASE would be another candidate. */
  readonly isGuarded: boolean;
}

export function revisionsPlace({ url, revisionsSchema = '' }: MigrationTarget): RevisionsPlace {
  const database = revisionsSchema || url.database || REVISIONS_DATABASE;
  return {
    database,
    table: `${quoteId(database)}.${quoteId(REVISIONS)}`,
    isOwn: database === url.database,
    isGuarded: revisionsSchema === '' && url.database !== '' && url.database !== REVISIONS_DATABASE,
  };
}
