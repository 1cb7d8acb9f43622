/** A network that fails on command: a TCP proxy between the engine and a server. It knows no protocol, only bytes. */
import net from 'node:net';

/** What the network does with bytes from now on. */
export type NetworkMode =
  | { readonly kind: 'pass' }
  /** Connections are accepted and stay, and nothing passes in either direction. The server never learns that a client has gone. */
  | { readonly kind: 'black-hole' }
  /** Both ends get an RST; who connects, too. */
  | { readonly kind: 'reset' }
  /** The server's end is closed; the client's stays, and nobody answers. */
  | { readonly kind: 'half-open' }
  /** Nothing passes for `ms`, then all of it. */
  | { readonly kind: 'stall'; readonly ms: number }
  | { readonly kind: 'trickle'; readonly bytesPerSecond: number }
  | { readonly kind: 'delay'; readonly ms: number };

/** Changes the mode when the client sends `text`. Used up by the first time. */
export interface Trap {
  readonly text: string;
  /** What the client sent still gets through; only the answer meets the new mode. */
  readonly letsThrough: boolean;
  readonly mode: NetworkMode;
  /** The mode, one that ends a connection, is that of this one only; others pass. */
  readonly onlyThisOne: boolean;
}

export interface TcpProxy {
  readonly port: number;
  setMode(mode: NetworkMode): void;
  setTrap(trap: Trap): void;
  /** Whether the trap has shut. */
  isSprung(): boolean;
  stop(): Promise<void>;
}

const PASS: NetworkMode = { kind: 'pass' };
const TICK_MS = 50;

/** One direction of a connection: bytes in order, each chunk when the mode lets it. */
class Pipe {
  readonly #to: net.Socket;
  readonly #modeOf: () => NetworkMode;
  readonly #stallMs: () => number;
  #queue: Promise<void> = Promise.resolve();

  constructor(to: net.Socket, modeOf: () => NetworkMode, stallMs: () => number) {
    this.#to = to;
    this.#modeOf = modeOf;
    this.#stallMs = stallMs;
  }

  send(chunk: Buffer, mode = this.#modeOf()): void {
    this.#queue = this.#queue.then(() => this.#deliver(chunk, mode));
  }

  async #deliver(chunk: Buffer, mode: NetworkMode): Promise<void> {
    if (mode.kind === 'black-hole' || mode.kind === 'half-open') return;
    if (mode.kind === 'stall') await pause(this.#stallMs());
    if (mode.kind === 'delay') await pause(mode.ms);
    if (mode.kind !== 'trickle') {
      this.#write(chunk);
      return;
    }
    const size = Math.max(1, Math.round((mode.bytesPerSecond * TICK_MS) / 1000));
    for (let at = 0; at < chunk.length && !this.#to.destroyed; at += size) {
      await pause(TICK_MS);
      this.#write(chunk.subarray(at, at + size));
    }
  }

  #write(chunk: Buffer): void {
    if (!this.#to.destroyed) this.#to.write(chunk);
  }
}

/** A connection does not come back from these. */
const isDeath = ({ kind }: NetworkMode): boolean => kind === 'black-hole' || kind === 'reset' || kind === 'half-open';

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

export async function startTcpProxy(toPort: number): Promise<TcpProxy> {
  const open = new Set<net.Socket>();
  const links = new Set<{ shut(mode: NetworkMode): void }>();
  let stalledUntil = 0;
  let general: NetworkMode = PASS;
  let trap: Trap | undefined;
  let sprung = false;

  const server = net.createServer((near) => {
    const far = net.connect(toPort, '127.0.0.1');
    let own: NetworkMode | undefined;
    let isDead = false;
    const modeOf = (): NetworkMode => own ?? general;
    const stallMs = (): number => Math.max(0, stalledUntil - performance.now());
    const toServer = new Pipe(far, modeOf, stallMs);
    const toClient = new Pipe(near, modeOf, stallMs);
    const link = {
      shut(mode: NetworkMode) {
        own = mode;
        if (mode.kind === 'reset') {
          near.resetAndDestroy();
          far.resetAndDestroy();
        } else if (mode.kind === 'half-open') {
          isDead = true;
          far.end();
        } else if (mode.kind === 'black-hole') isDead = true;
      },
    };
    links.add(link);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    near.on('close', () => {
      open.delete(near);
      links.delete(link);
      if (!isDead) far.destroy();
    });
    far.on('close', () => {
      open.delete(far);
      if (!isDead) near.destroy();
    });
    near.on('data', (chunk) => {
      if (trap === undefined || !chunk.includes(trap.text)) {
        toServer.send(chunk);
        return;
      }
      const { mode, letsThrough, onlyThisOne } = trap;
      trap = undefined;
      sprung = true;
      if (letsThrough) toServer.send(chunk, PASS);
      if (letsThrough && mode.kind === 'reset') {
        // The server has worked on it once it answers; the answer is what is lost.
        far.once('data', () => link.shut(mode));
        own = { kind: 'black-hole' };
        return;
      }
      // Where the connection dies of it, the server never sees it: on a slow machine it could answer before the end.
      if (!letsThrough && !isDeath(mode)) toServer.send(chunk, mode);
      if (onlyThisOne) own = mode;
      else proxy.setMode(mode);
      // What is let through must be out before the end of the server's side.
      if (isDeath(mode)) setTimeout(() => link.shut(mode), letsThrough ? TICK_MS : 0);
    });
    far.on('data', (chunk) => toClient.send(chunk));
    if (isDeath(general)) link.shut(general);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const proxy: TcpProxy = {
    port: address.port,
    setMode(mode) {
      general = mode;
      if (mode.kind === 'stall') stalledUntil = performance.now() + mode.ms;
      if (!isDeath(mode)) return;
      for (const link of links) link.shut(mode);
    },
    setTrap(next) {
      trap = next;
      sprung = false;
    },
    isSprung: () => sprung,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
