import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Actor } from '../app/app.ts';
import { AppError } from '../shared/errors.ts';

/** A static token of flotilla.yaml. Only its hash is known to us. */
export interface Token {
  /** Who has it: goes into the audit trail. */
  readonly name: string;
  readonly role: 'viewer' | 'operator';
  /** SHA-256 of the token, in hex. */
  readonly sha256: string;
}

interface Headers {
  readonly authorization?: string | undefined;
  readonly host?: string | undefined;
  readonly 'x-flotilla-actor'?: string | readonly string[] | undefined;
}

/**
 * Tells who asks.
 * Without tokens the daemon listens on a loopback address only, and whoever reaches it is an operator; but not a web page whose own name was
 * made to point here (DNS rebinding): the Host header must name a loopback address.
 * @throws AppError AUTH_REQUIRED
 */
export function createAuthenticator(tokens: readonly Token[]): (headers: Headers) => Actor {
  if (tokens.length === 0) return (headers) => localActor(headers);
  const known = tokens.map((token) => ({ ...token, digest: Buffer.from(token.sha256, 'hex') }));
  return (headers) => {
    const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    if (given === undefined)
      throw new AppError('AUTH_REQUIRED', 'the daemon wants a bearer token', { next: 'set FLOTILLA_TOKEN' });
    const digest = createHash('sha256').update(given).digest();
    // Every token is compared, each in constant time: how long it takes says nothing.
    let found: Token | undefined;
    for (const token of known)
      if (token.digest.length === digest.length && timingSafeEqual(token.digest, digest)) found = token;
    if (found === undefined)
      throw new AppError('AUTH_REQUIRED', 'the bearer token is not valid', {
        next: 'set FLOTILLA_TOKEN to a token that is',
      });
    return { name: found.name, role: found.role, hasToken: true };
  };
}

function localActor(headers: Headers): Actor {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (host !== '' && !isLoopback(host))
    throw new AppError(
      'AUTH_REQUIRED',
      `the daemon has no tokens, so it answers on loopback names only, not on "${host}"`,
      {
        next: 'use http://127.0.0.1:PORT, or set up tokens in flotilla.yaml',
      },
    );
  const named = headers['x-flotilla-actor'];
  // A name goes into log lines and onto terminals: one line of plain characters.
  const name =
    typeof named === 'string'
      ? named
          .replace(/[^\p{L}\p{N}@._+ -]/gu, '')
          .trim()
          .slice(0, 100)
      : '';
  return { name: name === '' ? 'local' : name, role: 'operator' };
}

/** @throws AppError AUTH_FORBIDDEN */
export function requireOperator(actor: Actor): void {
  if (actor.role === 'operator') return;
  throw new AppError('AUTH_FORBIDDEN', `"${actor.name}" has the role viewer; this needs operator`, {
    next: 'use the token of an operator',
  });
}

/** Is it an address that only this machine can reach? */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const kind = isIP(host);
  if (kind === 4) return host.startsWith('127.');
  return kind === 6 && (host === '::1' || host.toLowerCase().startsWith('::ffff:127.'));
}
