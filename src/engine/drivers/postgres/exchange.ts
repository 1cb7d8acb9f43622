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

/** How something is put on the wire. */
export type Submission = (connection: pg.Connection) => void;

/**
 * One message of the simple protocol, which may hold many commands: the server stops at the first that fails
 * (postgresql.org/docs/current/protocol-flow.html, "Simple Query"). It tells of all of them together, at the end.
 */
export const simpleMessage =
  (text: string): Submission =>
  (connection) =>
    connection.query(text);

/**
 * Many commands of the extended protocol in one write, with one Sync at the end ("Pipelining", ibid.): after one that fails the server skips the
 * rest. Each is answered as soon as it is done, because of the Flush behind it. Each text must be one command.
 */
export const pipeline =
  (texts: readonly string[]): Submission =>
  (connection) => {
    connection.stream.cork();
    try {
      for (const text of texts) {
        connection.parse({ text, name: '', types: [] }, true);
        connection.bind({}, true);
        connection.execute({}, true);
        connection.flush();
      }
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  };

/** One submission and all answers to it. */
export class Exchange implements AnswerHandler {
  /** Commands that the server has completed so far. */
  completed = 0;
  readonly done: Promise<readonly CommandResult[]>;
  readonly #submission: Submission;
  readonly #onCompleted: ((index: number) => void) | undefined;
  readonly #results: CommandResult[] = [];
  #columns: string[] = [];
  #rows: (readonly (string | null)[])[] = [];
  readonly #resolve: (results: readonly CommandResult[]) => void;
  readonly #reject: (error: unknown) => void;

  constructor(submission: Submission, onCompleted?: (index: number) => void) {
    this.#submission = submission;
    this.#onCompleted = onCompleted;
    const { promise, resolve, reject } = Promise.withResolvers<readonly CommandResult[]>();
    this.done = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: pg.Connection): void {
    this.#submission(connection);
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
    // A text of nothing but comments is answered with this.
    this.handleCommandComplete();
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
