/**
 * The entry of a worker thread: one SQLite connection at a time. node:sqlite is synchronous, so a statement that runs for a second would
 * otherwise stop the daemon's event loop for a second.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import { BEGUN, type Failure, type ReadResult, type Reply, type Request, type Step } from './worker-protocol.ts';

let database: DatabaseSync | undefined;

function handle(request: Request): Reply {
  let step = -1;
  try {
    const results: (ReadResult | null)[] = [];
    switch (request.kind) {
      case 'open':
        open(request);
        break;
      case 'run':
        if (request.tellsBegun === true) parentPort?.postMessage(BEGUN);
        for (const one of request.steps) {
          step += 1;
          results.push(run(opened(), one));
        }
        break;
      case 'close':
        // Closing rolls back an open transaction; SQLite then removes its journal itself.
        database?.close();
        database = undefined;
        break;
    }
    return { ok: true, results, inTransaction: inTransaction() };
  } catch (error) {
    return { ok: false, failure: describe(error, step), inTransaction: inTransaction() };
  }
}

function open(request: Extract<Request, { kind: 'open' }>): void {
  database?.close();
  database = undefined;
  const opening = new DatabaseSync(request.uri, {
    enableForeignKeyConstraints: request.foreignKeys,
    // SQLite's own default, which the Go driver keeps and node:sqlite turns off: migration files say DEFAULT "x".
    enableDoubleQuotedStringLiterals: true,
    timeout: request.busyTimeoutMs,
  });
  try {
    for (const pragma of request.pragmas) opening.exec(pragma);
  } catch (error) {
    opening.close();
    throw error;
  }
  database = opening;
}

const opened = (): DatabaseSync => {
  if (database === undefined) throw new Error('no SQLite file is open');
  return database;
};

const inTransaction = (): boolean => database?.isTransaction ?? false;

function run(db: DatabaseSync, step: Step): ReadResult | null {
  if (step.kind === 'exec') {
    db.exec(step.sql);
    return null;
  }
  const statement = db.prepare(step.sql);
  if (step.kind === 'write') {
    statement.run(...step.args);
    return null;
  }
  statement.setReadBigInts(true);
  // Arrays, for two columns may have one name.
  statement.setReturnArrays(true);
  // The types of node:sqlite do not know setReturnArrays: each row is checked.
  const rows: unknown[] = statement.all(...step.args);
  return { columns: statement.columns().map(({ name }) => name), rows: rows.filter((row) => Array.isArray(row)) };
}

function describe(error: unknown, step: number): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const resultCode =
    error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
  return { resultCode, message, step };
}

parentPort?.on('message', (request: Request) => parentPort?.postMessage(handle(request)));
