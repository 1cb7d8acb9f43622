import type { FastifyInstance } from 'fastify';
import type { ListenAddress } from '../../config/daemon/types.ts';
import { isLoopback } from '../../http/authenticate.ts';
import { AppError } from '../../shared/errors.ts';

const shown = ({ host, port }: ListenAddress): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A public address without tokens would let anybody migrate the fleet. @throws AppError LISTEN_PUBLIC */
export function refusePublic(listen: ListenAddress, tokens: readonly unknown[]): void {
  if (tokens.length > 0 || isLoopback(listen.host)) return;
  throw new AppError('LISTEN_PUBLIC', `"${shown(listen)}" is a public address, and no tokens are configured`, {
    next: 'add auth.tokens to flotilla.yaml (docs/configuration.md), or listen on 127.0.0.1',
  });
}

/** @returns the URL at which the server answers. @throws AppError LISTEN_IN_USE, CONFIG_INVALID */
export async function listenOn(server: FastifyInstance, listen: ListenAddress): Promise<string> {
  try {
    return await server.listen({ host: listen.host === '' ? '::' : listen.host, port: listen.port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new AppError('LISTEN_IN_USE', `the address "${shown(listen)}" is taken by another process`, {
        next: 'choose another with --listen, or stop the other process',
        cause: error,
      });
    throw new AppError(
      'CONFIG_INVALID',
      `the daemon cannot listen on "${shown(listen)}": ${error instanceof Error ? error.message : String(error)}`,
      { next: 'check --listen', cause: error },
    );
  }
}
