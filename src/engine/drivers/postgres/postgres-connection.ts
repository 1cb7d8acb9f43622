import net from 'node:net';
import pg from 'pg';
import { DriverError } from '../../run/ports.ts';
import { type StatementState, watchSilence } from '../silence.ts';
import type { SslMode } from './connect-options.ts';
import { type CommandResult, Exchange, pipeline, simpleMessage } from './exchange.ts';
import { NO_TLS_TEXT, readProblem, toDriverError } from './postgres-errors.ts';

/** postgresql.org/docs/current/protocol-message-formats.html, CancelRequest. */
const CANCEL_REQUEST_CODE = 80_877_102;
const CANCEL_REQUEST_BYTES = 16;
/** After this long without an answer to a cancel request the connection is cut. */
const CANCEL_PATIENCE_MS = 10_000;
/** How long a server may take to end a connection. */
const GOODBYE_MS = 2_000;

/** What a connection tells and asks of those who keep it. */
export interface ConnectionWatch {
  /** See SilenceWatch. */
  readonly limitMs: number;
  readonly ask: (pid: number, timeoutMs: number) => Promise<StatementState>;
  readonly onLost: () => void;
}

/** An error of the server while it ran a message: how many of its commands had been completed. */
export class ExchangeFailed extends Error {
  readonly completed: number;

  constructor(cause: unknown, completed: number) {
    super('the server refused a command', { cause });
    this.completed = completed;
  }
}

/** One connection, one message at a time. */
export class PostgresConnection {
  readonly #client: pg.Client;
  readonly #cancelPlace: net.NetConnectOpts;
  readonly #watch: ConnectionWatch;
  #lost = false;
  #closed = false;
  #serverPid: number | undefined;
  #wasCancelled = false;

  constructor(client: pg.Client, cancelPlace: net.NetConnectOpts, watch: ConnectionWatch) {
    this.#client = client;
    this.#watch = watch;
    this.#cancelPlace = cancelPlace;
    client.on('error', () => this.#noteLost());
    client.on('end', () => this.#noteLost());
  }

  #noteLost(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#watch.onLost();
  }

  get pid(): number {
    const pid: unknown = Reflect.get(this.#client, 'processID');
    return typeof pid === 'number' ? pid : 0;
  }

  /** What the server itself says its number is, from a message of this connection; a pooler gives numbers of its own. */
  noteServerPid(pid: number): void {
    this.#serverPid = pid;
  }

  /** Of the session that ran the last transaction, where that is known. */
  get serverPid(): number {
    return this.#serverPid ?? this.pid;
  }

  /** Whether a pooler is in between; undefined: not known yet. */
  get isPooled(): boolean | undefined {
    return this.#serverPid === undefined ? undefined : this.#serverPid !== this.pid;
  }

  get isLost(): boolean {
    return this.#lost;
  }

  /** False after a cancel request: it may arrive late and hit another's statement. */
  get canBeKept(): boolean {
    return !this.#lost && !this.#wasCancelled && !this.#closed;
  }

  /**
   * Sends one message, or a list of commands as a pipeline, and waits for all answers.
   * @param signal aborted: the server is asked to stop, and what it answers then counts
   * @throws ExchangeFailed
   */
  async send(
    commands: string | readonly string[],
    options: { readonly signal?: AbortSignal | undefined; readonly onCompleted?: (index: number) => void } = {},
  ): Promise<readonly CommandResult[]> {
    const { signal } = options;
    const submission = typeof commands === 'string' ? simpleMessage(commands) : pipeline(commands);
    const exchange = new Exchange(submission, options.onCompleted);
    let cut: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      this.#requestCancel();
      cut = setTimeout(() => this.destroy(), CANCEL_PATIENCE_MS);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    const watch = this.#watchSilence();
    try {
      this.#client.query(exchange);
      return await exchange.done;
    } catch (error) {
      throw new ExchangeFailed(error, exchange.completed);
    } finally {
      watch.stop();
      clearTimeout(cut);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** One command with arguments, its values read by their types. */
  async ask(text: string, values: readonly unknown[]): Promise<{ columns: string[]; rows: unknown[][] }> {
    const watch = this.#watchSilence();
    try {
      const { fields, rows } = await this.#client.query({
        text,
        values: [...values],
        rowMode: 'array',
        types: { getTypeParser: () => String },
      });
      return {
        columns: fields.map(({ name }) => name),
        rows: rows.map((row) => row.map((value, i) => read(value, fields[i]?.dataTypeID))),
      };
    } catch (error) {
      throw new ExchangeFailed(error, 0);
    } finally {
      watch.stop();
    }
  }

  #watchSilence(): { readonly stop: () => void } {
    const { limitMs, ask } = this.#watch;
    const socket = this.#socket();
    return watchSilence({
      limitMs,
      bytesMoved: () => (socket === undefined ? 0 : socket.bytesRead + socket.bytesWritten - socket.writableLength),
      ask: (timeoutMs) => ask(this.pid, timeoutMs),
      cut: () => this.destroy(),
    });
  }

  #requestCancel(): void {
    this.#wasCancelled = true;
    const secret: unknown = Reflect.get(this.#client, 'secretKey');
    if (typeof secret !== 'number') {
      this.destroy();
      return;
    }
    const message = Buffer.alloc(CANCEL_REQUEST_BYTES);
    message.writeInt32BE(CANCEL_REQUEST_BYTES, 0);
    message.writeInt32BE(CANCEL_REQUEST_CODE, 4);
    message.writeInt32BE(this.pid, 8);
    message.writeInt32BE(secret, 12);
    const socket = net.connect(this.#cancelPlace);
    // No answer is ever sent; whether it worked is seen at the statement.
    socket.on('error', () => socket.destroy());
    socket.on('connect', () => socket.end(message));
    socket.resume();
    socket.setTimeout(CANCEL_PATIENCE_MS, () => socket.destroy());
  }

  /** Says good-bye; does not wait for the server. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#lost) this.destroy();
    else void this.#sayGoodbye();
  }

  /** As close, and waits until the connection has ended. */
  async end(): Promise<void> {
    if (this.#closed || this.#lost) return this.close();
    this.#closed = true;
    await this.#sayGoodbye();
  }

  /** A server that is not there any more does not end the connection. */
  async #sayGoodbye(): Promise<void> {
    const cut = setTimeout(() => this.destroy(), GOODBYE_MS);
    await this.#client.end().catch(() => undefined);
    clearTimeout(cut);
  }

  destroy(): void {
    this.#noteLost();
    this.#closed = true;
    this.#socket()?.destroy();
  }

  /** pg's types hide it. */
  #socket(): net.Socket | undefined {
    const connection: unknown = Reflect.get(this.#client, 'connection');
    if (typeof connection !== 'object' || connection === null) return undefined;
    const stream: unknown = Reflect.get(connection, 'stream');
    return stream instanceof net.Socket ? stream : undefined;
  }

  /** Keeps the process alive, or not, while nothing is asked. */
  setRef(isNeeded: boolean): void {
    if (isNeeded) this.#socket()?.ref();
    else this.#socket()?.unref();
  }
}

const INT8 = 20;
const NUMBERS = new Set([INT8, 21, 23, 26, 700, 701]);
const BOOL = 16;

/** Integers and floats as numbers where they fit, booleans, and the server's text for all else. */
const read = (value: unknown, type: number | undefined): unknown => {
  if (typeof value !== 'string' || type === undefined) return value;
  if (type === BOOL) return value === 't' || value === 'true';
  if (!NUMBERS.has(type)) return value;
  return type !== INT8 || Number.isSafeInteger(Number(value)) ? Number(value) : value;
};

/** Servers of sslmode `prefer` that were seen to have no TLS: the next connection does not ask again. */
const withoutTls = new Set<string>();

/** @throws DriverError of kind `connect` or `auth` */
export async function connectPostgres(
  { sslMode, options }: { readonly sslMode: SslMode; readonly options: pg.ClientConfig },
  watch: ConnectionWatch,
): Promise<PostgresConnection> {
  const place = `${options.host}:${options.port}`;
  const tries: pg.ClientConfig[] = [options];
  if (sslMode === 'prefer') {
    const plain = { ...options, ssl: false };
    if (withoutTls.has(place)) tries[0] = plain;
    else tries.push(plain);
  }
  for (const [i, config] of tries.entries()) {
    const client = new pg.Client(config);
    const connection = new PostgresConnection(client, cancelPlaceOf(config), watch);
    try {
      await client.connect();
      return connection;
    } catch (error) {
      connection.destroy();
      if (i + 1 < tries.length && readProblem(error).message === NO_TLS_TEXT) {
        withoutTls.add(place);
        continue;
      }
      throw toDriverError(error, 'connecting');
    }
  }
  throw new DriverError('connect', 'no way to connect', { class: 'unknown' });
}

const cancelPlaceOf = ({ host = 'localhost', port = 5432 }: pg.ClientConfig): net.NetConnectOpts =>
  host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
