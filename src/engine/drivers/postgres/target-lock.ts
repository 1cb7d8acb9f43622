import { createHash } from 'node:crypto';

/** FNV-1, 32 bit: how Atlas makes the id of its advisory lock from the lock's name (atlas-config-cli.md 4.9). */
export function atlasLockId(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return hash;
}

/**
 * The key of a target's own advisory lock. Advisory locks belong to a database, so the place of the revisions is enough of a name. Never below
 * 2^32: there Atlas's ids are.
 */
export function targetLockKey(revisionsSchema: string): bigint {
  const key = createHash('sha256').update(`flotilla target ${revisionsSchema}`).digest().readBigInt64BE(0);
  return key | (1n << 62n);
}
