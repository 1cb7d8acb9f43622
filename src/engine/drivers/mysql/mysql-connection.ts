import mysql, { type Connection, type ConnectionOptions } from 'mysql2/promise';
import { type StatementState, watchSilence } from '../silence.ts';
import type { ServerAddress } from './connection-options.ts';
import { ER_PARSE, isConnectionLost, readProblem } from './mysql-errors.ts';
import { type MysqlFeatures, readFeatures } from './mysql-features.ts';
import { socketOf } from './socket-of.ts';
import { mayBeSeveral } from './statement-kind.ts';

/** How long a server may take to end a connection. */
const GOODBYE_MS = 2_000;
const LOST = 'PROTOCOL_CONNECTION_LOST';

export type Row = readonly unknown[];

/** One connection to a server, which goes from target to target. Rejects with what mysql2 throws. */
export interface MysqlConnection {
  readonly features: MysqlFeatures;
  /** For KILL. */
  readonly sessionId: number;
  /** The server has closed it, or it is not known how far the protocol got. */
  readonly isLost: boolean;
  /** Statements of our own, in one message. Rows of the ones that give rows, in order. */
  ask(statements: readonly string[]): Promise<readonly (readonly Row[])[]>;
  /** One statement of a user. Text that is several statements is refused as the server would without CLIENT_MULTI_STATEMENTS. */
  run(statement: string): Promise<void>;
  /** With arguments in the place of `?`, by the binary protocol as Go's database/sql. */
  query(
    sql: string,
    args: readonly (string | number)[],
  ): Promise<{ readonly columns: readonly string[]; readonly rows: readonly Row[] }>;
  /** As new: no locks, no temporary tables, no variables, no transaction. */
  reset(): Promise<void>;
  end(): Promise<void>;
  destroy(): void;
}

/**
 * Connects, and asks which server it is.
 * @param onOrphan told where a connection is given up whose session the server could not be asked about: it keeps its locks until it is killed
 */
export async function connect(
  address: ServerAddress,
  onOrphan: (sessionId: number) => void = () => undefined,
): Promise<MysqlConnection> {
  const connection = await connectWithFallback(address);
  const { options } = address;
  let isLost = false;
  let sessionId: number | undefined;
  // Without a listener an idle connection that the server ends would take the process down.
  connection.on('error', () => {
    isLost = true;
  });
  connection.on('end', () => {
    isLost = true;
  });
  const socket = socketOf(connection);
  // mysql2 answers nobody who waits for a connection that is destroyed.
  const givenUp = Promise.withResolvers<never>();
  givenUp.promise.catch(() => undefined);
  const destroy = (): void => {
    isLost = true;
    connection.destroy();
    socket.destroy();
    givenUp.reject(Object.assign(new Error('the connection was given up'), { code: LOST, fatal: true }));
  };
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    const watch = watchSilence({
      limitMs: sessionId === undefined ? 0 : address.keepaliveMs,
      bytesMoved: () => socket.bytesRead + socket.bytesWritten - socket.writableLength,
      ask: async (timeoutMs) => {
        if (sessionId === undefined) return 'running';
        try {
          return await askState(address, sessionId, timeoutMs);
        } catch (error) {
          onOrphan(sessionId);
          throw error;
        }
      },
      cut: destroy,
    });
    work.catch(() => undefined); // where it is given up, and then fails as well
    try {
      return await Promise.race([work, givenUp.promise]);
    } catch (error) {
      if (isConnectionLost(readProblem(error))) isLost = true;
      throw error;
    } finally {
      watch.stop();
    }
  };
  const ask = async (statements: readonly string[]): Promise<readonly (readonly Row[])[]> => {
    const [result] = await guarded(connection.query(statements.join(';\n')));
    const results: readonly unknown[] = statements.length === 1 ? [result] : Array.isArray(result) ? result : [];
    return results.filter((one): one is Row[] => Array.isArray(one));
  };
  let features: MysqlFeatures;
  const deadline =
    options.connectTimeout === undefined ? undefined : setTimeout(destroy, options.connectTimeout).unref();
  try {
    const [[row] = []] = await ask(['SELECT VERSION(), CONNECTION_ID()']);
    features = readFeatures(String(row?.[0] ?? ''));
    // A proxy in between gives ids of its own in the handshake.
    sessionId = Number(row?.[1] ?? connection.threadId);
  } catch (error) {
    destroy();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
  return {
    features,
    sessionId,
    get isLost() {
      return isLost;
    },
    ask,
    async run(statement) {
      if (!address.allowsMultiStatements && mayBeSeveral(statement))
        await guarded(refuseSeveral(connection, statement));
      await guarded(connection.query(statement));
    },
    async query(sql, args) {
      const [rows, fields] = await guarded(
        args.length === 0 ? connection.query(sql) : connection.execute(sql, [...args]),
      );
      return {
        columns: fields.map(({ name }) => name),
        rows: Array.isArray(rows) ? rows.filter((row): row is unknown[] & typeof row => Array.isArray(row)) : [],
      };
    },
    reset: () => guarded(connection.reset()),
    async end() {
      isLost = true;
      const cut = setTimeout(destroy, GOODBYE_MS);
      await Promise.race([connection.end(), givenUp.promise]).catch(destroy);
      clearTimeout(cut);
    },
    destroy,
  };
}

/** Over a connection of its own: whether the server still works on what session `id` was asked. A session that does not is ended. */
async function askState(address: ServerAddress, id: number, timeoutMs: number): Promise<StatementState> {
  const options = { ...address.options, connectTimeout: timeoutMs };
  const deadline = performance.now() + timeoutMs;
  let other: Connection;
  try {
    other = await connectWithFallback({ ...address, options });
  } catch (error) {
    // A server that says why it lets nobody in is there, and may well be at work.
    if (readProblem(error).errno > 0) return 'running';
    throw error;
  }
  const socket = socketOf(other);
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => undefined);
  const cut = setTimeout(() => late.reject(new Error('no answer')), Math.max(1, deadline - performance.now()));
  try {
    const asked = other.query(`SELECT command FROM information_schema.processlist WHERE id = ${id}`);
    asked.catch(() => undefined);
    const [rows] = await Promise.race([asked, late.promise]);
    const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
    if (Array.isArray(row) && row[0] !== 'Sleep') return 'running';
    if (row !== undefined) {
      const killed = other.query(`KILL ${id}`);
      killed.catch(() => undefined);
      await Promise.race([killed, late.promise]);
    }
    return 'over';
  } finally {
    clearTimeout(cut);
    other.destroy();
    socket.destroySoon();
  }
}

/**
 * Preparing takes one statement only and runs nothing, so that text which is several is refused before its first part has landed.
 * All else that preparing cannot do (CREATE PROCEDURE on MySQL) or finds wrong is left to the statement itself.
 */
async function refuseSeveral(connection: Connection, statement: string): Promise<void> {
  try {
    const prepared = await connection.prepare(statement);
    await prepared.close();
  } catch (error) {
    const problem = readProblem(error);
    if (problem.errno === ER_PARSE || isConnectionLost(problem)) throw error;
  }
}

async function connectWithFallback({ options, mayFallBack }: ServerAddress): Promise<Connection> {
  try {
    return await mysql.createConnection({ ...options });
  } catch (error) {
    if (!mayFallBack || readProblem(error).code !== 'HANDSHAKE_NO_SSL_SUPPORT') throw error;
    const { ssl: _, ...plain }: ConnectionOptions = options;
    return mysql.createConnection(plain);
  }
}
