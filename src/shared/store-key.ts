/** Bytes of the key under which the store keeps what may hold secrets: AES-256. */
export const STORE_KEY_BYTES = 32;

/** The key in a text, as `openssl rand -base64 32` writes it; undefined where the text holds none. */
export function decodeStoreKey(text: string): Uint8Array | undefined {
  const key = Buffer.from(text.trim(), 'base64');
  return key.length === STORE_KEY_BYTES ? key : undefined;
}
