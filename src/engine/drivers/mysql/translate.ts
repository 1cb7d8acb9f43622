import { DriverError, type DriverErrorKind } from '../../run/ports.ts';
import {
  classifyMysql,
  ER_ACCESS_DENIED,
  ER_DBACCESS_DENIED,
  isConnectionLost,
  type MysqlProblem,
  printProblem,
  readProblem,
} from './mysql-errors.ts';

const codeOf = ({ errno, code }: MysqlProblem): string => (errno > 0 ? String(errno) : code);

/** Of connecting, and of entering a database. */
export function toConnectError(error: unknown): DriverError {
  const problem = readProblem(error);
  const errorClass = classifyMysql(problem);
  return new DriverError(problem.errno === ER_ACCESS_DENIED ? 'auth' : 'connect', printProblem(problem), {
    // A database that does not let its user in is one that refuses connections, as Postgres's ALLOW_CONNECTIONS false: grants come back
    // (a tenant that is being made, moved or restored). The same number from a statement stays permanent.
    class: problem.errno === ER_DBACCESS_DENIED ? 'transient' : errorClass,
    code: codeOf(problem),
    sessionLost: true,
    cause: withoutSql(error),
  });
}

/** Of a statement. */
export function toDriverError(error: unknown, blocker?: string): DriverError {
  if (error instanceof DriverError) return error;
  const problem = readProblem(error);
  const errorClass = classifyMysql(problem);
  const kind: DriverErrorKind = errorClass === 'lock' ? 'lock-timeout' : 'statement';
  return new DriverError(isConnectionLost(problem) ? 'connect' : kind, printProblem(problem), {
    class: errorClass,
    code: codeOf(problem),
    blocker,
    sessionLost: isConnectionLost(problem),
    cause: withoutSql(error),
  });
}

/** mysql2 hangs the whole text of the statement on its errors, which then would stand in every log of them. */
const withoutSql = (error: unknown): unknown => {
  if (error instanceof Error && 'sql' in error) Reflect.deleteProperty(error, 'sql');
  return error;
};
