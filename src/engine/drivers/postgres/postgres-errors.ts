import type { ErrorClass } from '../../../shared/states.ts';
import { DriverError, type DriverErrorKind } from '../../run/ports.ts';
import { throughPooler } from './pooler.ts';

/** SQLSTATEs that are told apart by name (postgresql.org/docs/current/errcodes-appendix.html). */
export const UNDEFINED_TABLE = '42P01';
export const UNDEFINED_COLUMN = '42703';
export const INVALID_SCHEMA_NAME = '3F000';
export const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';
const SERIALIZATION_FAILURE = '40001';
const QUERY_CANCELED = '57014';
const OBJECT_NOT_IN_PREREQUISITE_STATE = '55000';
const UNSAFE_NEW_ENUM_VALUE_USAGE = '55P04';
const INVALID_PASSWORD = '28P01';
const INVALID_AUTHORIZATION = '28000';
const ADMIN_SHUTDOWN = '57P01';
const CRASH_SHUTDOWN = '57P02';
const CANNOT_CONNECT_NOW = '57P03';
const DATABASE_DROPPED = '57P04';
const IDLE_SESSION_TIMEOUT = '57P05';
const IDLE_IN_TRANSACTION_TIMEOUT = '25P03';
const TRANSACTION_TIMEOUT = '25P04';
/** Of a server that has become a standby: its successor can be written. */
const READ_ONLY_TRANSACTION = '25006';
const ACTIVE_TRANSACTION = '25001';
const DEPENDENT_OBJECTS = '2BP01';
const RAISE_EXCEPTION = 'P0001';

const BY_STATE: Readonly<Record<string, ErrorClass>> = {
  [LOCK_NOT_AVAILABLE]: 'lock',
  [DEADLOCK_DETECTED]: 'lock',
  [SERIALIZATION_FAILURE]: 'lock',
  // A statement timeout, or a DBA who stopped it: the next try would be as slow, or as unwelcome. A person decides.
  [QUERY_CANCELED]: 'unknown',
  [UNSAFE_NEW_ENUM_VALUE_USAGE]: 'permanent',
  [ADMIN_SHUTDOWN]: 'transient',
  [CRASH_SHUTDOWN]: 'transient',
  [CANNOT_CONNECT_NOW]: 'transient',
  [DATABASE_DROPPED]: 'permanent',
  [IDLE_SESSION_TIMEOUT]: 'transient',
  [IDLE_IN_TRANSACTION_TIMEOUT]: 'transient',
  [TRANSACTION_TIMEOUT]: 'unknown',
  [READ_ONLY_TRANSACTION]: 'transient',
  [ACTIVE_TRANSACTION]: 'permanent',
  [DEPENDENT_OBJECTS]: 'permanent',
  [RAISE_EXCEPTION]: 'permanent',
};

/**
 * By the class of the state: connection exceptions and lack of resources pass; what the statement, its data, its rights or the place say
 * no to, stays.
 */
const BY_CLASS: Readonly<Record<string, ErrorClass>> = {
  '08': 'transient',
  '53': 'transient',
  '0A': 'permanent',
  '21': 'permanent',
  '22': 'permanent',
  '23': 'permanent',
  '26': 'permanent',
  '27': 'permanent',
  '28': 'permanent',
  '3D': 'permanent',
  '3F': 'permanent',
  '42': 'permanent',
  '44': 'permanent',
};

/** Of the network, by Node's names. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EMFILE',
]);
/** Of the pg package, which gives them no code. */
const LOST_TEXT = /^(?:Connection terminated|timeout expired|Client (?:has encountered|was closed))/;
export const NO_TLS_TEXT = 'The server does not support SSL connections';
/** PgBouncer's answer to settings in the startup packet that it does not know. */
const REFUSED_BY_POOLER = 'unsupported startup parameter';
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** @param message tells a database that allows no connections from other states of class 55 */
function classifyPostgres(sqlState: string, message: string): ErrorClass {
  if (sqlState === OBJECT_NOT_IN_PREREQUISITE_STATE) {
    return message.includes('is not currently accepting connections') ? 'transient' : 'permanent';
  }
  return BY_STATE[sqlState] ?? BY_CLASS[sqlState.slice(0, 2)] ?? 'unknown';
}

/** What pg throws, as far as it matters here. */
export interface PostgresProblem {
  /** '' where the server did not answer. */
  readonly sqlState: string;
  /** Of Node: ECONNREFUSED, … */
  readonly errno: string;
  readonly severity: string;
  readonly message: string;
}

/** Reads an error of pg field by field: its types say `Error`. */
export function readProblem(error: unknown): PostgresProblem {
  const field = (name: string): string => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const code = field('code');
  const severity = field('severity');
  const isServers = severity !== '' && SQLSTATE.test(code);
  // happy eyeballs: Node wraps one refusal an address into an AggregateError without a message of its own
  const message = error instanceof Error ? error.message || code : String(error);
  return {
    sqlState: isServers ? code : '',
    errno: isServers ? '' : code,
    severity,
    message,
  };
}

const isFatal = ({ severity }: PostgresProblem): boolean => severity === 'FATAL' || severity === 'PANIC';

/** @param phase `connecting`: nothing has been asked of the database yet */
export function toDriverError(
  error: unknown,
  phase: 'connecting' | 'working',
  more: { readonly blocker?: string | undefined; readonly statementIndex?: number | undefined } = {},
): DriverError {
  if (error instanceof DriverError) return error;
  const problem = readProblem(error);
  const { sqlState, errno, message } = problem;
  if (phase === 'connecting' && message.startsWith(REFUSED_BY_POOLER)) return throughPooler('startup', message);
  if (sqlState === '') {
    const lost = NETWORK.has(errno) || LOST_TEXT.test(message);
    const auth = message.startsWith('SASL:');
    return new DriverError(auth ? 'auth' : 'connect', lost || errno === '' ? message : `${message} (${errno})`, {
      class: lost ? 'transient' : 'permanent',
      code: errno,
      sessionLost: true,
      cause: error,
    });
  }
  const errorClass = classifyPostgres(sqlState, message);
  return new DriverError(kindOf(sqlState, errorClass, phase), `pq: ${message}`, {
    class: errorClass,
    code: sqlState,
    sessionLost: isFatal(problem),
    cause: error,
    ...more,
  });
}

const kindOf = (sqlState: string, errorClass: ErrorClass, phase: 'connecting' | 'working'): DriverErrorKind => {
  if (sqlState === INVALID_PASSWORD || sqlState === INVALID_AUTHORIZATION) return 'auth';
  if (phase === 'connecting' || sqlState.startsWith('08') || sqlState.startsWith('57P')) return 'connect';
  return errorClass === 'lock' ? 'lock-timeout' : 'statement';
};
