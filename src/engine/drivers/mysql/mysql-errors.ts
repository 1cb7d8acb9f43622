import type { ErrorClass } from '../../../shared/states.ts';

/** Error numbers of the server (dev.mysql.com/doc/mysql-errors, mariadb.com/kb/en/mariadb-error-code-reference). */
const ER_DUP_ENTRY = 1062;
const ER_DISK_FULL = 1021;
const ER_OUTOFMEMORY = 1037;
const ER_CON_COUNT = 1040;
const ER_OUT_OF_RESOURCES = 1041;
export const ER_DBACCESS_DENIED = 1044;
export const ER_ACCESS_DENIED = 1045;
export const ER_BAD_DB = 1049;
const ER_TABLE_EXISTS = 1050;
const ER_BAD_TABLE = 1051;
const ER_SERVER_SHUTDOWN = 1053;
export const ER_BAD_FIELD = 1054;
const ER_DUP_FIELDNAME = 1060;
const ER_DUP_KEYNAME = 1061;
export const ER_PARSE = 1064;
const ER_CANT_DROP_FIELD_OR_KEY = 1091;
const ER_RECORD_FILE_FULL = 1114;
const ER_HOST_IS_BLOCKED = 1129;
const ER_TABLEACCESS_DENIED = 1142;
const ER_COLUMNACCESS_DENIED = 1143;
export const ER_NO_SUCH_TABLE = 1146;
const ER_NEW_ABORTING_CONNECTION = 1184;
const ER_NET_READ = 1158;
const ER_NET_READ_INTERRUPTED = 1159;
const ER_NET_WRITE = 1160;
const ER_NET_WRITE_INTERRUPTED = 1161;
const ER_TOO_MANY_USER_CONNECTIONS = 1203;
export const ER_LOCK_WAIT_TIMEOUT = 1205;
const ER_LOCK_DEADLOCK = 1213;
const ER_USER_LIMIT_REACHED = 1226;
const ER_SPECIFIC_ACCESS_DENIED = 1227;
const ER_OPTION_PREVENTS_STATEMENT = 1290;
const ER_SP_DOES_NOT_EXIST = 1305;
export const ER_QUERY_INTERRUPTED = 1317;
const ER_TRG_DOES_NOT_EXIST = 1360;
const ER_EVENT_DOES_NOT_EXIST = 1539;
const ER_CONNECTION_KILLED = 1927;
const ER_STATEMENT_TIMEOUT_MARIADB = 1969;
const ER_QUERY_TIMEOUT_MYSQL = 3024;
const ER_USER_LOCK_DEADLOCK = 3058;
const ER_CLIENT_INTERACTION_TIMEOUT = 4031;
/** MariaDB. */
const ER_UNKNOWN_SEQUENCES = 4091;
const ER_UNKNOWN_VIEW = 4092;

const CLASSES: Readonly<Record<ErrorClass, readonly number[]>> = {
  transient: [
    ER_DISK_FULL,
    ER_OUTOFMEMORY,
    ER_CON_COUNT,
    ER_OUT_OF_RESOURCES,
    ER_SERVER_SHUTDOWN,
    ER_RECORD_FILE_FULL,
    ER_HOST_IS_BLOCKED,
    ER_NET_READ,
    ER_NET_READ_INTERRUPTED,
    ER_NET_WRITE,
    ER_NET_WRITE_INTERRUPTED,
    ER_NEW_ABORTING_CONNECTION,
    ER_TOO_MANY_USER_CONNECTIONS,
    ER_USER_LIMIT_REACHED,
    // A read-only server: it is being failed over, and its successor is not.
    ER_OPTION_PREVENTS_STATEMENT,
    ER_CONNECTION_KILLED,
    ER_CLIENT_INTERACTION_TIMEOUT,
  ],
  lock: [ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK, ER_USER_LOCK_DEADLOCK],
  permanent: [
    ER_DBACCESS_DENIED,
    ER_ACCESS_DENIED,
    ER_BAD_DB,
    ER_TABLE_EXISTS,
    ER_BAD_TABLE,
    ER_BAD_FIELD,
    ER_DUP_FIELDNAME,
    ER_DUP_KEYNAME,
    ER_DUP_ENTRY,
    ER_PARSE,
    ER_CANT_DROP_FIELD_OR_KEY,
    ER_TABLEACCESS_DENIED,
    ER_COLUMNACCESS_DENIED,
    ER_NO_SUCH_TABLE,
    ER_SPECIFIC_ACCESS_DENIED,
  ],
  // A statement that took too long, or that a DBA stopped: the next try would be as slow, or as unwelcome. A person decides.
  unknown: [ER_STATEMENT_TIMEOUT_MARIADB, ER_QUERY_TIMEOUT_MYSQL, ER_QUERY_INTERRUPTED],
};
const CLASS_OF: ReadonlyMap<number, ErrorClass> = new Map(
  (['transient', 'lock', 'permanent', 'unknown'] as const).flatMap((name) =>
    CLASSES[name].map((errno): [number, ErrorClass] => [errno, name]),
  ),
);

/** SQLSTATE classes that say for themselves: no row or table, syntax or access rule, constraint, value out of range. */
const PERMANENT_STATES = ['42', '23', '22', '21', '0A', '28', '3D'];
/** Connection exceptions. */
const CONNECTION_STATE = '08';

/** Of the network, by Node's and mysql2's names. */
const LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'EACCES',
]);

/** What mysql2 throws, as far as it matters here. */
export interface MysqlProblem {
  /** 0: not an answer of the server. */
  readonly errno: number;
  readonly code: string;
  readonly sqlState: string;
  readonly message: string;
  readonly fatal: boolean;
}

/** Reads an error of mysql2 field by field: its types say `Error`. */
export function readProblem(error: unknown): MysqlProblem {
  if (!(error instanceof Error)) return { errno: 0, code: '', sqlState: '', message: String(error), fatal: true };
  const field = (name: string): unknown => Reflect.get(error, name);
  const state = field('sqlState');
  const [errno, code, fatal] = [field('errno'), field('code'), field('fatal')];
  return {
    // Node's own errors carry a negative errno.
    errno: typeof errno === 'number' && errno > 0 ? errno : 0,
    code: typeof code === 'string' ? code : isClosed(error.message) ? 'PROTOCOL_CONNECTION_LOST' : '',
    sqlState: typeof state === 'string' ? state.replace(/^#/, '') : '',
    message: error.message,
    fatal: fatal === true,
  };
}

/** What mysql2 says of a command that comes after the end of its connection has been seen; it has neither a number nor a code. */
const isClosed = (message: string): boolean => message.endsWith('when connection is in closed state');

export function classifyMysql({ errno, code, sqlState }: MysqlProblem): ErrorClass {
  const known = CLASS_OF.get(errno);
  if (known !== undefined) return known;
  if (errno === 0) return LOST.has(code) || isTls(code) ? 'transient' : 'unknown';
  if (sqlState.startsWith(CONNECTION_STATE)) return 'transient';
  return PERMANENT_STATES.includes(sqlState.slice(0, 2)) ? 'permanent' : 'unknown';
}

const isTls = (code: string): boolean => code === 'HANDSHAKE_SSL_ERROR';

/** As go-sql-driver prints it, and so Atlas: `Error 1146 (42S02): Table 'x.y' doesn't exist`. */
export function printProblem({ errno, sqlState, message, code }: MysqlProblem): string {
  if (errno > 0) return `Error ${errno}${sqlState === '' ? '' : ` (${sqlState})`}: ${message}`;
  return message === '' ? code : message;
}

/** True where the connection must be thrown away. */
export const isConnectionLost = (problem: MysqlProblem): boolean =>
  problem.fatal ||
  (problem.errno === 0 && LOST.has(problem.code)) ||
  problem.errno === ER_CONNECTION_KILLED ||
  problem.errno === ER_SERVER_SHUTDOWN;

const NO_SUCH_OBJECT: readonly number[] = [
  ...[ER_NO_SUCH_TABLE, ER_BAD_DB, ER_SP_DOES_NOT_EXIST, ER_TRG_DOES_NOT_EXIST, ER_EVENT_DOES_NOT_EXIST],
  ...[ER_UNKNOWN_VIEW, ER_UNKNOWN_SEQUENCES],
];

/** What SHOW CREATE answers where there is no such object (dev.mysql.com/doc/mysql-errors). */
export const isNoSuchObject = ({ errno }: MysqlProblem): boolean => NO_SUCH_OBJECT.includes(errno);
