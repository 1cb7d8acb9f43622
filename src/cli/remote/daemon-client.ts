import { AppError, ERRORS, type ErrorCode } from '../../shared/errors.ts';
import type { Problem } from '../../shared/wire.ts';

const DEFAULT_ADDRESS = 'http://127.0.0.1:7171';

export interface DaemonClient {
  readonly address: string;
  get<T>(path: string, query?: Readonly<Record<string, string | number | undefined>>): Promise<T>;
  post<T>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<T>;
  /** The raw answer of a stream; its body is not read. */
  stream(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

async function failure(response: Response, address: string): Promise<AppError> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (!isProblem(body)) {
    return new AppError(
      'DAEMON_UNREACHABLE',
      `"${address}" answers with status ${response.status}, and not as a Flotilla daemon does`,
      { next: 'check FLOTILLA_ADDR' },
    );
  }
  return new AppError(isErrorCode(body.code) ? body.code : 'INTERNAL', body.detail, {
    ...(body.next === undefined ? {} : { next: body.next }),
    ...(body.errors === undefined ? {} : { details: body.errors }),
  });
}

/** What does not fit into a header would be reported as a daemon that does not answer. */
function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new AppError('INPUT_INVALID', 'the bearer token holds a space, a line break or a character beyond ASCII', {
    next: 'set FLOTILLA_TOKEN to the token and nothing else',
  });
}

/**
 * Talks to a daemon.
 * @param options.address FLOTILLA_ADDR: `http://host:port`; the default is the daemon's own default
 * @param options.token a bearer token; never printed
 * @param options.actor who asks, for the audit trail of a daemon without tokens
 */
export function createDaemonClient(options: {
  readonly address: string | undefined;
  readonly token: string | undefined;
  readonly actor: string | undefined;
}): DaemonClient {
  const given = options.address ?? DEFAULT_ADDRESS;
  const address = (/^https?:\/\//.test(given) ? given : `http://${given}`).replace(/\/+$/, '');
  if (!URL.canParse(address))
    throw new AppError('INPUT_INVALID', `the daemon address "${given}" is no URL; expected http://HOST:PORT`, {
      next: 'set FLOTILLA_ADDR',
    });
  const base: Record<string, string> = { accept: 'application/json' };
  // Read from a file, a token often ends with a newline.
  const token = options.token?.trim();
  if (token) base.authorization = `Bearer ${checkToken(token)}`;
  if (options.actor) base['x-flotilla-actor'] = options.actor;

  const call = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(`${address}/api/v1${path}`, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
      throw new AppError('DAEMON_UNREACHABLE', `no daemon answers at "${address}" (${code})`, {
        next: 'start one with flotilla serve, or set FLOTILLA_ADDR',
      });
    }
    if (!response.ok) throw await failure(response, address);
    return response;
  };
  // The path was chosen together with T: the daemon's OpenAPI document is tested to hold the same shapes.
  const json = async <T>(response: Response): Promise<T> => (await response.json()) as T;

  return {
    address,
    async get(path, query = {}) {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
      const suffix = search.size > 0 ? `?${search}` : '';
      return json(await call(`${path}${suffix}`, { headers: base }));
    },
    async post(path, body, headers = {}) {
      return json(
        await call(path, {
          method: 'POST',
          headers: { ...base, 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
      );
    },
    stream: (path, headers, signal) => call(path, { headers: { ...base, ...headers }, signal }),
  };
}
