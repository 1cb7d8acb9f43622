import type { DatabaseUrl } from './database-url.ts';
import type { UrlParts } from './url-parts.ts';

/** What a URL points at. */
export type UrlPlace = Pick<DatabaseUrl, 'dialect' | 'host' | 'database' | 'schema' | 'name' | 'isFile'>;

/** How the URLs of a scheme are read. Both throw AppError TARGET_URL_INVALID, without any part of the text that could be a secret. */
export interface UrlForm {
  readonly split: (text: string) => UrlParts;
  readonly placeOf: (parts: UrlParts) => UrlPlace;
}
