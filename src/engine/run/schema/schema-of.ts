import { AppError } from '../../../shared/errors.ts';
import type { Dialect } from '../../dialects/dialect.ts';
import { DIALECTS } from '../../dialects/index.ts';
import type { Realm } from '../../schema/realm.ts';
import type { DatabaseUrl } from '../../url/database-url.ts';
import { onSession } from '../on-session.ts';
import type { Driver, Session } from '../ports.ts';
import type { SessionLimits } from '../types.ts';

/** What is asked of a session that reads or changes a schema. */
export const sessionOf = (url: DatabaseUrl, limits: SessionLimits, sessionName: string) => ({
  target: { id: url.database, url },
  limits,
  sessionName,
});

/** What `migrate diff` holds on a dev database, so that two of them do not build on each other's tables (atlas-config-cli.md, locks). */
const DEV_LOCK = 'atlas_migrate_diff';

/** Waits until nobody else uses the dev database. @throws DriverError of kind `lock-held` */
export async function lockDev(session: Session, waitMs: number): Promise<void> {
  await session.lockAndRead({ scope: 'atlas', name: DEV_LOCK, waitMs });
}

/** @throws AppError SCHEMA_DIALECT_UNSUPPORTED */
export function dialectOf({ dialect }: DatabaseUrl): Dialect {
  const found = DIALECTS[dialect];
  if (found !== undefined) return found;
  throw new AppError(
    'SCHEMA_DIALECT_UNSUPPORTED',
    `the schema of a ${dialect} database cannot be read by this version, expected: ${Object.keys(DIALECTS).join(', ')}`,
  );
}

/** Engine.inspect: the schema of a database, in canonical form. Reads only. @throws AppError */
export async function inspectSchema(driver: Driver, url: DatabaseUrl, limits: SessionLimits): Promise<Realm> {
  const dialect = dialectOf(url);
  return onSession(driver, sessionOf(url, limits, 'flotilla schema inspect'), (session) =>
    readSchema(session, dialect, url),
  );
}

/**
 * The schema as this session sees it: that which its URL is bound to, or those that are named, or all.
 * @throws AppError INPUT_INVALID where it is not there
 */
export async function readSchema(
  session: Session,
  { catalog, name }: Dialect,
  { schema }: DatabaseUrl,
  named: readonly string[] = [],
): Promise<Realm> {
  const scope = schema === '' ? { schemas: named } : { schemas: [schema], isBound: true };
  const results = await session.rows?.(catalog.queries(scope));
  if (results === undefined) throw new AppError('INTERNAL', `the driver of ${name} does not read rows`);
  const realm = catalog.read(results, scope);
  if (schema === '') return realm;
  if (!realm.schemas.some((one) => one.name === schema))
    throw new AppError('INPUT_INVALID', `schema "${schema}" was not found`, {
      next: 'name a schema that is there in search_path of the URL',
    });
  return { ...realm, boundTo: schema };
}
