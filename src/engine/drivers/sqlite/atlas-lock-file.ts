import fs from 'node:fs';
import path from 'node:path';

/** Adler-32 (RFC 1950, 8.2) of a text in UTF-8. */
export function adler32(text: string): number {
  const MODULUS = 65521;
  let [a, b] = [1, 0];
  for (const byte of new TextEncoder().encode(text)) {
    a = (a + byte) % MODULUS;
    b = (b + a) % MODULUS;
  }
  return ((b << 16) | a) >>> 0;
}

/**
 * The file that Atlas locks a SQLite database with (atlas-config-cli.md 4.9): `<tmp>/<name>[_<hex adler32 of path>].lock`, the suffix
 * only where the DSN starts with `file:`. So all databases named by plain paths share one lock: Atlas's choice, kept for its sake.
 */
export function atlasLockPath(tmp: string, name: string, dsn: string): string {
  if (!dsn.startsWith('file:')) return path.join(tmp, `${name}.lock`);
  const place = (dsn.slice('file:'.length).split('?')[0] ?? '').replace(/^\/\/(?=\/)/, '');
  return path.join(tmp, `${name}_${adler32(place).toString(16)}.lock`);
}

/** Whether somebody holds the lock now: the file holds its expiry in nanoseconds since the epoch. */
export function isLockFileHeld(file: string, nowMs: number): boolean {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  const expiry = /^\s*(\d{1,20})/.exec(text)?.[1];
  // A file that is being written: its holder has created it and not yet filled it.
  if (expiry === undefined) return nowMs - fs.statSync(file).mtimeMs < 1000;
  return BigInt(expiry) > BigInt(Math.trunc(nowMs)) * 1_000_000n;
}

/** A lock that is ours. */
export interface HeldLockFile {
  /** Puts the expiry off; does nothing where the file is not ours any more. */
  renew(expiresMs: number): void;
  /** Removes the file; leaves one that somebody else has taken after it expired. */
  giveUp(): void;
}

/** Takes the lock until `expiresMs`, or gives undefined where somebody holds it. There is no waiting, as in Atlas. */
export function takeLockFile(file: string, nowMs: number, expiresMs: number): HeldLockFile | undefined {
  let content = nanoseconds(expiresMs);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      fs.writeFileSync(file, content, { flag: 'wx' });
      return {
        renew(untilMs) {
          if (readOrEmpty(file) !== content) return;
          content = nanoseconds(untilMs);
          fs.writeFileSync(file, content);
        },
        giveUp() {
          if (readOrEmpty(file) === content) fs.rmSync(file, { force: true });
        },
      };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (isLockFileHeld(file, nowMs)) return undefined;
      fs.rmSync(file, { force: true });
    }
  }
  return undefined;
}

const nanoseconds = (ms: number): string => `${BigInt(Math.trunc(ms)) * 1_000_000n}`;

const readOrEmpty = (file: string): string => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
