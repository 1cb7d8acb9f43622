import { createHash } from 'node:crypto';

/** What the tenants' migrations need said in the words of one kind of database. */
export interface Dialect {
  /** Type and constraints of a key that the server counts up. */
  readonly counted: string;
  /** Type and default of a column that keeps the server's time at which a row's statement began. */
  readonly instant: string;
  /** In `CREATE INDEX`, where the file runs outside of a transaction. */
  readonly concurrently: string;
  /** A statement that takes about so long. */
  sleep(seconds: number): string;
  dropIndex(name: string, table: string): string;
  /** The revisions table as Atlas makes it (atlas-config-cli.md 4.5), for tenants that were there before Flotilla. */
  readonly revisionsTable: readonly string[];
  readonly now: string;
}

export interface MigrationFile {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly statements: readonly string[];
  readonly text: string;
  /** As in atlas.sum, without the `h1:`. */
  readonly hash: string;
}

export interface MigrationFolder {
  readonly files: readonly MigrationFile[];
  readonly sum: string;
}

export interface MigrationOptions {
  /** How long the newest version takes, and taking it back. */
  readonly slowS?: number;
  /** Each version but the first gets a section that takes it back, statement by statement. */
  readonly wayBack?: boolean;
  /** The newest version is not run in a transaction, also where the database could. */
  readonly isOutsideTransaction?: boolean;
}

/**
 * Three versions. Each but the first notes in `marks` that it ran and for whom, and takes a step that shows when it is taken twice:
 * another mark, another 10 in the balance, an object that is there already.
 */
export function migrationFolder(dialect: Dialect, options: MigrationOptions = {}): MigrationFolder {
  const mark = (version: string): string => `INSERT INTO marks (version, tenant) SELECT '${version}', name FROM owner`;
  const unmark = (version: string): string => `DELETE FROM marks WHERE version = '${version}'`;
  const slow = options.slowS === undefined ? [] : [dialect.sleep(options.slowS)];
  const [header, concurrently] = options.isOutsideTransaction
    ? ['-- atlas:txmode none\n\n', dialect.concurrently]
    : ['', ''];
  const { dropIndex } = dialect;
  return folderOf(
    [
      {
        name: '20240101000000_init.sql',
        up: [
          'CREATE TABLE owner (name varchar(100) NOT NULL)',
          `CREATE TABLE marks (id ${dialect.counted}, version varchar(50) NOT NULL, tenant varchar(100) NOT NULL, at ${dialect.instant})`,
          'CREATE TABLE accounts (id bigint NOT NULL PRIMARY KEY, name varchar(100) NOT NULL, balance bigint NOT NULL)',
        ],
      },
      {
        name: '20240102000000_email.sql',
        up: [
          mark('20240102000000'),
          "ALTER TABLE accounts ADD COLUMN email varchar(100) NOT NULL DEFAULT 'none'",
          'CREATE INDEX accounts_email ON accounts (email)',
        ],
        down: [
          dropIndex('accounts_email', 'accounts'),
          'ALTER TABLE accounts DROP COLUMN email',
          unmark('20240102000000'),
        ],
      },
      {
        name: '20240103000000_orders.sql',
        header,
        up: [
          mark('20240103000000'),
          ...slow,
          'CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, account_id bigint NOT NULL)',
          `CREATE INDEX ${concurrently}orders_account ON orders (account_id)`,
          'UPDATE accounts SET balance = balance + 10',
          "ALTER TABLE accounts ADD COLUMN plan varchar(20) NOT NULL DEFAULT 'free'",
        ],
        down: [
          'ALTER TABLE accounts DROP COLUMN plan',
          'UPDATE accounts SET balance = balance - 10',
          dropIndex('orders_account', 'orders'),
          'DROP TABLE orders',
          ...slow,
          unmark('20240103000000'),
        ],
      },
    ],
    options.wayBack === true,
  );
}

/** What is in a tenant beside its migrations. */
const seedRows = (tenant: string): readonly string[] => [
  `INSERT INTO owner (name) VALUES ('${tenant}')`,
  "INSERT INTO accounts (id, name, balance) VALUES (1, 'ann', 100), (2, 'bob', 200), (3, 'eve', 300)",
];

/** Atlas's running hash over names and contents (atlas-config-cli.md 4.2): said here a second time, for src/ must not judge itself. */
function folderOf(
  files: readonly {
    readonly name: string;
    readonly header?: string;
    readonly up: readonly string[];
    readonly down?: readonly string[];
  }[],
  hasWayBack: boolean,
): MigrationFolder {
  const running = createHash('sha256');
  const made = files.map(({ name, header = '', up: statements, down }) => {
    const text =
      header + (hasWayBack && down !== undefined ? archive(script(statements), script(down)) : script(statements));
    running.update(name).update(text);
    const [version = '', description = ''] = name.replace('.sql', '').split('_');
    return { name, version, description, statements, text, hash: running.copy().digest('base64') };
  });
  const lines = made.map(({ name, hash }) => `${name} h1:${hash}`);
  const total = createHash('sha256')
    .update(made.map(({ name, hash }) => `${name}${hash}`).join(''))
    .digest('base64');
  return { files: made, sum: `${[`h1:${total}`, ...lines].join('\n')}\n` };
}

const script = (statements: readonly string[]): string => `${statements.join(';\n')};\n`;
const archive = (up: string, down: string): string =>
  `-- atlas:txtar\n\n-- migration.sql --\n${up}\n-- down.sql --\n${down}`;

/** Brings an empty tenant to where it stands after the first `count` files, as Atlas would have left it. */
export function scriptTo(dialect: Dialect, folder: MigrationFolder, tenant: string, count: number): readonly string[] {
  const files = folder.files.slice(0, count);
  return [
    // In one go there is a transaction around all of it.
    ...files.flatMap(({ statements }, i) => [
      ...statements.map((one) => one.replace(/(?<=^CREATE INDEX )CONCURRENTLY /, '')),
      ...(i === 0 ? seedRows(tenant) : []),
    ]),
    ...dialect.revisionsTable,
    ...files.map((file) => revisionOf(dialect, file)),
  ];
}

/** The row of a file that was applied by another hand. */
export const revisionOf = (
  dialect: Dialect,
  { version, description, statements, hash }: Omit<MigrationFile, 'name' | 'text'>,
): string =>
  `INSERT INTO ${REVISIONS} (version, description, type, applied, total, executed_at, execution_time, error, error_stmt, hash, partial_hashes, operator_version)
  VALUES ('${version}', '${description}', 2, ${statements.length}, ${statements.length}, ${dialect.now}, 1000000, '', '', '${hash}', NULL, 'Atlas CLI v0.38.0')`;

/** In every kind of fleet the session's place finds it by this name. */
const REVISIONS = 'atlas_schema_revisions';
