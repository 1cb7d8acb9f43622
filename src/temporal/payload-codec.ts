import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { AppError } from '../shared/errors.ts';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;

/** What marks an encrypted payload: the word of Temporal's own samples, so that its web page shows a lock and not noise. */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

/**
 * Encrypts what goes to Temporal, and decrypts what comes from it (AES-256-GCM). A payload names its key by the first half of the key's SHA-256,
 * so that a key can be changed while rollouts run. What was written in the clear is read as it is.
 * @param keys 32 bytes each; the first encrypts, all decrypt; none: nothing is encrypted
 */
export function createPayloadCodec(keys: readonly Uint8Array[]): PayloadCodec {
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  const [first] = keys;
  return {
    encode: async (payloads) => (first === undefined ? payloads : payloads.map((payload) => close(payload, first))),
    decode: async (payloads) =>
      payloads.map((payload) => (textOf(payload, 'encoding') === ENCODING ? open(payload, byId) : payload)),
  };
}

const keyId = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex').slice(0, 32);

const textOf = (payload: Payload, name: string): string => Buffer.from(payload.metadata?.[name] ?? []).toString('utf8');

/** What comes out of the workflows' sandbox may be a plain array where it is empty. The body: length of the header, the metadata of the payload as JSON, its data. Both are encrypted. */
function close(payload: Payload, key: Uint8Array): Payload {
  const id = keyId(key);
  const metadata = Object.entries(payload.metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(metadata)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(header.length);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(id));
  const body = [length, header, Buffer.from(payload.data ?? [])].map((part) => cipher.update(part));
  body.push(cipher.final());
  return {
    metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([iv, cipher.getAuthTag(), ...body]),
  };
}

function open(payload: Payload, keys: ReadonlyMap<string, Uint8Array>): Payload {
  const id = textOf(payload, KEY_ID);
  const key = keys.get(id);
  if (key === undefined)
    throw wrongKey(`was encrypted under the key ${id.slice(0, 8)}…, which this process does not have`);
  try {
    const bytes = Buffer.from(payload.data ?? []);
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const body = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    const dataAt = LENGTH_BYTES + body.readUInt32BE(0);
    const header: Record<string, string> = JSON.parse(body.subarray(LENGTH_BYTES, dataAt).toString('utf8')); // written by close
    const metadata = Object.entries(header).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
    return { metadata: Object.fromEntries(metadata), data: body.subarray(dataAt) };
  } catch (error) {
    throw wrongKey('has been changed since it was encrypted', error);
  }
}

const wrongKey = (what: string, cause?: unknown): AppError =>
  new AppError('TEMPORAL_CODEC_KEY_WRONG', `what Temporal has of the rollout ${what}`, {
    next: 'give each process all keys that were in use: FLOTILLA_TEMPORAL_CODEC_KEY, or the file of temporal.codec_key_file, the newest first',
    cause,
  });
