import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { decodeStoreKey, STORE_KEY_BYTES } from '../../shared/store-key.ts';

/** Where a daemon keeps the key that it made. */
export const keyFile = (stateDir: string): string => path.join(stateDir, 'store.key');

/**
 * The key under which the store keeps what may hold secrets: the configured one, else that of `store.key` in the state folder, which is made
 * when it is missing, for this user alone.
 * @throws AppError STORE_KEY_WRONG for a file that holds no key, STATE_UNWRITABLE
 */
export function readStoreKey(config: {
  readonly stateDir: string;
  readonly storeKey: Uint8Array | undefined;
}): Uint8Array {
  if (config.storeKey !== undefined) return config.storeKey;
  const file = keyFile(config.stateDir);
  try {
    // Two processes that start at once: one makes it, both read it. Linked when it is whole, so that none reads a half.
    const draft = `${file}.${process.pid}`;
    if (!fs.existsSync(file)) {
      fs.writeFileSync(draft, `${randomBytes(STORE_KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flush: true });
      try {
        fs.linkSync(draft, file);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      } finally {
        fs.rmSync(draft);
      }
    }
    const key = decodeStoreKey(fs.readFileSync(file, 'utf8'));
    if (key !== undefined) return key;
  } catch (error) {
    throw new AppError('STATE_UNWRITABLE', `the key of the store, "${file}", cannot be read or made`, {
      next: 'give the daemon the right to read and write its state folder, or set FLOTILLA_STORE_KEY',
      cause: error,
    });
  }
  throw new AppError('STORE_KEY_WRONG', `"${file}" holds no key: expected ${STORE_KEY_BYTES} bytes in base64`, {
    next: 'restore the file from a backup, or set FLOTILLA_STORE_KEY',
  });
}
