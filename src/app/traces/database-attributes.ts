import type { DatabaseUrl } from '../../engine/index.ts';
import type { FinishedSpan } from '../../shared/spans.ts';

/** `db.system.name` (opentelemetry.io/docs/specs/semconv/registry/attributes/db). */
const SYSTEMS: Readonly<Record<DatabaseUrl['dialect'], string>> = {
  postgres: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mariadb',
  sqlite: 'sqlite',
};

/**
 * Which database it is, by the semantic conventions of databases. `db.namespace`: from the larger to the smaller, `database|schema` on Postgres.
 * Nothing of it is a secret: user, password and parameters of the URL are left out.
 */
export function databaseAttributes({ dialect, host, database, schema }: DatabaseUrl): FinishedSpan['attributes'] {
  const namespace = dialect === 'postgres' && schema !== '' ? `${database}|${schema}` : database;
  return {
    'db.system.name': SYSTEMS[dialect],
    ...(namespace === '' ? {} : { 'db.namespace': namespace }),
    ...(dialect === 'sqlite' ? {} : serverAttributes(host)),
  };
}

/** `host:port`, `[::1]:port`, or the path of a socket, which has no port. */
export function serverAttributes(host: string): FinishedSpan['attributes'] {
  const { address, port } = /^\[?(?<address>[^/]*?)\]?:(?<port>\d+)$/.exec(host)?.groups ?? {};
  return address === undefined
    ? { 'server.address': host }
    : { 'server.address': address, 'server.port': Number(port) };
}
