import type pg from 'pg';

/** What one command of a message gave. Values as the server's texts. */
export interface CommandResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** pg hands it the answers of the server; pg's own Query keeps no count of commands and parses each value by its type. */
interface AnswerHandler extends pg.Submittable {
  handleRowDescription(message: { readonly fields: readonly { readonly name: string }[] }): void;
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void;
  handleCommandComplete(): void;
  handleReadyForQuery(): void;
  handleError(error: unknown): void;
  handleEmptyQuery(): void;
  handlePortalSuspended(): void;
  handleCopyInResponse(connection: { sendCopyFail(message: string): void }): void;
  handleCopyData(): void;
}

/**
 * Sends one message of the simple protocol, which may hold many commands: the server stops at the first that fails, and answers each
 * that was run (postgresql.org/docs/current/protocol-flow.html, "Simple Query").
 */
export class Exchange implements AnswerHandler {
  /** Commands that the server has completed so far. */
  completed = 0;
  readonly done: Promise<readonly CommandResult[]>;
  readonly #text: string;
  readonly #onCompleted: ((index: number) => void) | undefined;
  readonly #results: CommandResult[] = [];
  #columns: string[] = [];
  #rows: (readonly (string | null)[])[] = [];
  readonly #resolve: (results: readonly CommandResult[]) => void;
  readonly #reject: (error: unknown) => void;

  constructor(text: string, onCompleted?: (index: number) => void) {
    this.#text = text;
    this.#onCompleted = onCompleted;
    const { promise, resolve, reject } = Promise.withResolvers<readonly CommandResult[]>();
    this.done = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#text);
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly name: string }[] }): void {
    this.#columns = fields.map(({ name }) => name);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {
    this.#results.push({ columns: this.#columns, rows: this.#rows });
    this.#columns = [];
    this.#rows = [];
    this.#onCompleted?.(this.completed);
    this.completed += 1;
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#results);
  }

  handleError(error: unknown): void {
    this.#reject(error);
  }

  handleEmptyQuery(): void {
    // A message of nothing but comments: no command, no answer.
  }

  handlePortalSuspended(): void {
    // Only of the extended protocol.
  }

  handleCopyInResponse(connection: { sendCopyFail(message: string): void }): void {
    connection.sendCopyFail('COPY FROM STDIN has no data in a migration file');
  }

  handleCopyData(): void {
    // COPY TO STDOUT: nobody reads it.
  }
}
