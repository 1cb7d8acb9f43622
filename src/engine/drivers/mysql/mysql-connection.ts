import mysql, { type Connection, type ConnectionOptions } from 'mysql2/promise';
import type { ServerAddress } from './connection-options.ts';
import { ER_PARSE, isConnectionLost, readProblem } from './mysql-errors.ts';
import { type MysqlFeatures, readFeatures } from './mysql-features.ts';
import { mayBeSeveral } from './statement-kind.ts';

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

/** Connects, and asks which server it is. */
export async function connect(address: ServerAddress): Promise<MysqlConnection> {
  const connection = await connectWithFallback(address);
  let isLost = false;
  // Without a listener an idle connection that the server ends would take the process down.
  connection.on('error', () => {
    isLost = true;
  });
  connection.on('end', () => {
    isLost = true;
  });
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (isConnectionLost(readProblem(error))) isLost = true;
      throw error;
    }
  };
  const ask = async (statements: readonly string[]): Promise<readonly (readonly Row[])[]> => {
    const [result] = await guarded(connection.query(statements.join(';\n')));
    const results: readonly unknown[] = statements.length === 1 ? [result] : Array.isArray(result) ? result : [];
    return results.filter((one): one is Row[] => Array.isArray(one));
  };
  let features: MysqlFeatures;
  let sessionId: number;
  try {
    const [[row] = []] = await ask(['SELECT VERSION(), CONNECTION_ID()']);
    features = readFeatures(String(row?.[0] ?? ''));
    // A proxy in between gives ids of its own in the handshake.
    sessionId = Number(row?.[1] ?? connection.threadId);
  } catch (error) {
    connection.destroy();
    throw error;
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
      await connection.end().catch(() => connection.destroy());
    },
    destroy() {
      isLost = true;
      connection.destroy();
    },
  };
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
