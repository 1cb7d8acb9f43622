import type { UrlForm } from '../url/url-form.ts';
import type { Dialect } from './dialect.ts';
import type { DialectName, ScannerName } from './dialect-name.ts';
import { GENERIC_SCAN_OPTIONS } from './generic/scan-options.ts';
import { MYSQL_SCAN_OPTIONS } from './mysql/scan-options.ts';
import { MYSQL_URL_FORMS } from './mysql/url-forms.ts';
import { POSTGRES } from './postgres/dialect.ts';
import { POSTGRES_SCAN_OPTIONS } from './postgres/scan-options.ts';
import { POSTGRES_URL_FORMS } from './postgres/url-forms.ts';
import type { ScanOptions } from './scan-options.ts';
import { SQLITE } from './sqlite/dialect.ts';
import { SQLITE_SCAN_OPTIONS } from './sqlite/scan-options.ts';
import { SQLITE_URL_FORMS } from './sqlite/url-forms.ts';
import { SQLSERVER_SCAN_OPTIONS } from './sqlserver/scan-options.ts';

/* The registry: the only file that names every dialect. */

export const SCAN_OPTIONS: Readonly<Record<ScannerName, ScanOptions>> = {
  generic: GENERIC_SCAN_OPTIONS,
  postgres: POSTGRES_SCAN_OPTIONS,
  mysql: MYSQL_SCAN_OPTIONS,
  mariadb: MYSQL_SCAN_OPTIONS,
  sqlite: SQLITE_SCAN_OPTIONS,
  sqlserver: SQLSERVER_SCAN_OPTIONS,
};

/** Those that the schema engine knows. */
export const DIALECTS: Readonly<Partial<Record<DialectName, Dialect>>> = { postgres: POSTGRES, sqlite: SQLITE };

/** How a database URL is read, by its scheme. */
export const URL_FORMS: ReadonlyMap<string, UrlForm> = new Map(
  Object.entries({ ...POSTGRES_URL_FORMS, ...MYSQL_URL_FORMS, ...SQLITE_URL_FORMS }),
);
