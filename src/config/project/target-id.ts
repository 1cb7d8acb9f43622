import type { DatabaseUrl } from '../../engine/index.ts';

/** The id of a target that nobody named: database and schema of its URL (DESIGN.md section 5). */
export function idFromUrl(url: DatabaseUrl): string {
  const isOwnSchema = url.dialect === 'postgres' && url.schema !== '';
  if (url.database === '') return url.host;
  return isOwnSchema ? `${url.database}.${url.schema}` : url.database;
}
