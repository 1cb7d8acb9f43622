import type { Io } from '../io.ts';

const AMBIGUOUS_REVISIONS = `The schema of the URL has no revisions table, but there is one in the schema "atlas_schema_revisions".
It cannot be told which of the two is meant, so nothing was done.

Name the schema of the revisions table with --revisions-schema:
"atlas_schema_revisions" to go on with the table that is there, the URL's own schema to begin a new one.
Or drop the schema "atlas_schema_revisions" if nothing uses it.
`;

/**
 * Says what failed: on stderr, but an ambiguous revisions table as a notice on stdout, with stderr left empty
 * (atlas-config-cli.md 3.5, 4.5).
 * @param code of ours, or the database's own
 */
export function printFailure(io: Io, code: string, text: string): void {
  if (code === 'TARGET_AMBIGUOUS_REVISIONS') io.stdout(AMBIGUOUS_REVISIONS);
  else io.stderr(`Error: ${text}\n`);
}
