/**
 * A database URL with its secrets locked in: printing, JSON and inspection give the redacted form; only `reveal()` gives the text.
 * Redaction parses and rebuilds, it does not search for patterns (fleet.md 7).
 */
export interface DatabaseUrl {
  /** The URL's scheme as written: postgres, mysql, maria, mariadb, sqlite, … */
  readonly scheme: string;
  readonly dialect: 'postgres' | 'mysql' | 'mariadb' | 'sqlite';
  /** Unit of per-host limits: host:port, a socket's path, or the folder of a SQLite file. */
  readonly host: string;
  /** Database name; '' where the URL is bound to a whole server. The file for SQLite. */
  readonly database: string;
  /** Postgres: the one schema of search_path, else ''. MySQL: the database. SQLite: main. */
  readonly schema: string;
  /** Names the place for people, and a target that has no name of its own: database, or `database.schema`; the host where the URL has no database. */
  readonly name: string;
  /** A file has no replicas and no sessions that could be counted. */
  readonly isFile: boolean;
  /** Without passwords, in a normal form: equal for two URLs of the same place and user. */
  readonly redacted: string;
  /** The whole URL with its secrets: for drivers only. */
  reveal(): string;
  toString(): string;
  toJSON(): string;
}
