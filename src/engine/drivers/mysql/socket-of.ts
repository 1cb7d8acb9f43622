import net from 'node:net';
import type { Connection } from 'mysql2/promise';

/** The socket of a connection, which mysql2's types hide. It is replaced once, when TLS begins: ask after the handshake. */
export function socketOf(connection: Connection): net.Socket {
  const inner: unknown = Reflect.get(connection, 'connection');
  const stream: unknown = typeof inner === 'object' && inner !== null ? Reflect.get(inner, 'stream') : undefined;
  if (!(stream instanceof net.Socket)) throw new Error('mysql2 has no socket where it had one');
  return stream;
}
