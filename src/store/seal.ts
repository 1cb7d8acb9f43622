import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../shared/errors.ts';

/** Encrypts what a user's files and variables may hold of secrets, so that nobody reads them from the store, its backups or its replicas. */
export interface Seal {
  /** @param context where the text belongs (a digest, an id): it cannot be opened as anything else */
  close(text: string, context: string): string;
  /** @throws AppError STORE_KEY_WRONG where the text was closed under another key or context, or has been changed */
  open(sealed: string, context: string): string;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param key 32 random bytes (src/shared/store-key.ts) */
export function createSeal(key: Uint8Array): Seal {
  return {
    close(text, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch (error) {
        throw new AppError('STORE_KEY_WRONG', `the store's "${context}" was not written under this key`, {
          next: 'set FLOTILLA_STORE_KEY to the content of store.key in the state folder of the daemon that made the store',
          cause: error,
        });
      }
    },
  };
}
