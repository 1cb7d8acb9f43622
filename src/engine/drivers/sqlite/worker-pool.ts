import { Worker } from 'node:worker_threads';
import { BEGUN, type Reply, type Request } from './worker-protocol.ts';

/** A thread lent to one caller, until `giveBack`. */
export interface SqliteThread {
  /**
   * One request at a time: the next is sent after the reply. Rejects where the thread died.
   * @param onBegun called when its first step is about to run, or never will
   */
  ask(request: Request, onBegun?: () => void): Promise<Reply>;
}

export interface SqliteThreadPool {
  /** Waits for a thread; rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<SqliteThread>;
  giveBack(thread: SqliteThread): void;
  /** Ends all threads, busy ones after their statement. */
  close(): Promise<void>;
}

/** Threads are started when they are needed, at most `size`; one that had nothing to do for `idleMs` ends. None keeps the process alive while idle. */
export function createThreadPool({
  size,
  idleMs,
}: {
  readonly size: number;
  readonly idleMs: number;
}): SqliteThreadPool {
  const idle: Thread[] = [];
  const all = new Set<Thread>();
  const waiting: { resolve: (thread: Thread) => void; reject: (reason: unknown) => void; forget: () => void }[] = [];

  const start = (): Thread => {
    const thread = new Thread(() => {
      all.delete(thread);
      const at = idle.indexOf(thread);
      if (at !== -1) idle.splice(at, 1);
    });
    all.add(thread);
    return thread;
  };
  const ready = (): Thread | undefined => idle.pop() ?? (all.size < size ? start() : undefined);

  return {
    take(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      const thread = ready();
      if (thread !== undefined) {
        thread.busy();
        return Promise.resolve(thread);
      }
      return new Promise((resolve, reject) => {
        const stop = () => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal?.reason);
        };
        const entry = { resolve, reject, forget: () => signal?.removeEventListener('abort', stop) };
        signal?.addEventListener('abort', stop, { once: true });
        waiting.push(entry);
      });
    },
    giveBack(lent) {
      const thread = [...all].find((one) => one === lent);
      const next = waiting.shift();
      if (next !== undefined) {
        next.forget();
        const other = thread ?? start();
        other.busy();
        next.resolve(other);
      } else if (thread !== undefined) {
        idle.push(thread);
        thread.rest(idleMs);
      }
    },
    async close() {
      for (const { reject, forget } of waiting.splice(0)) {
        forget();
        reject(new Error('the SQLite driver is closed'));
      }
      await Promise.all([...all].map((thread) => thread.end()));
    },
  };
}

// From sources Node strips the types of the worker itself; in dist the compiler has made it JavaScript, but does not rewrite this name.
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js', import.meta.url);

class Thread implements SqliteThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #pending:
    | {
        readonly resolve: (reply: Reply) => void;
        readonly reject: (reason: Error) => void;
        readonly onBegun: (() => void) | undefined;
      }
    | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dead: Error | undefined;

  /** Called once, as soon as the thread must not be lent any more. */
  readonly #leave: () => void;

  constructor(onLeave: () => void) {
    this.#leave = onLeave;
    // Flags of the parent such as --inspect or --import are not for it.
    this.#worker = new Worker(WORKER, { name: 'sqlite', execArgv: [] });
    this.#worker.on('message', (reply: Reply | typeof BEGUN) => {
      const pending = this.#pending;
      pending?.onBegun?.();
      if (reply === BEGUN) return;
      this.#pending = undefined;
      pending?.resolve(reply);
    });
    this.#worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#die(new Error('the SQLite thread has ended'));
        resolve();
      });
    });
  }

  ask(request: Request, onBegun?: () => void): Promise<Reply> {
    if (this.#dead !== undefined) {
      onBegun?.();
      return Promise.reject(this.#dead);
    }
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject, onBegun };
      this.#worker.postMessage(request);
    });
  }

  busy(): void {
    clearTimeout(this.#timer);
    this.#worker.ref();
  }

  rest(idleMs: number): void {
    this.#worker.unref();
    this.#timer = setTimeout(() => void this.end(), idleMs).unref();
  }

  /** Lets the statement that runs come to its end: a thread cannot be stopped inside of SQLite, and its file is rolled back then. */
  end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#leave();
    this.#worker.ref();
    void this.#worker.terminate();
    return this.#ended;
  }

  #die(reason: Error): void {
    this.#dead ??= reason;
    this.#leave();
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.onBegun?.();
    pending?.reject(this.#dead);
  }
}
