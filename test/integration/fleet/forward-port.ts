import net from 'node:net';

export interface ForwardedPort {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * A second address of a server: to Flotilla another host, with limits of its own.
 * @param hear is given all that is sent to the server
 */
export async function forwardPort(to: number, hear?: (chunk: Buffer) => void): Promise<ForwardedPort> {
  const open = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(to, '127.0.0.1');
    if (hear !== undefined) near.on('data', hear);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      // Either end may be killed: both go.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
