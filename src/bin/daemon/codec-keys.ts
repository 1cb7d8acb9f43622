import fs from 'node:fs';
import type { DaemonConfig } from '../../config/daemon/types.ts';
import { AppError } from '../../shared/errors.ts';
import { decodeStoreKey, STORE_KEY_BYTES } from '../../shared/store-key.ts';

/**
 * The keys for what goes to Temporal: the configured ones, else those of the file, one a line; lines that begin with # are remarks.
 * @returns the first encrypts, all decrypt; none: nothing is encrypted
 * @throws AppError CONFIG_INVALID for a file that cannot be read or holds something else
 */
export function readCodecKeys({ codecKeys, codecKeyFile }: DaemonConfig['temporal']): readonly Uint8Array[] {
  if (codecKeys !== undefined) return codecKeys;
  if (codecKeyFile === undefined) return [];
  let text: string;
  try {
    text = fs.readFileSync(codecKeyFile, 'utf8');
  } catch (error) {
    throw invalid(`the file of temporal.codec_key_file, "${codecKeyFile}", cannot be read`, error);
  }
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    const key = decodeStoreKey(line);
    if (key === undefined)
      throw invalid(`"${codecKeyFile}" line ${index + 1}: expected ${STORE_KEY_BYTES} bytes in base64`);
    return [key];
  });
  // Who names a file wants encryption: an empty one must not switch it off.
  if (keys.length === 0) throw invalid(`"${codecKeyFile}" holds no key`);
  return keys;
}

const invalid = (message: string, cause?: unknown): AppError =>
  new AppError('CONFIG_INVALID', message, { next: 'write one with: openssl rand -base64 32', cause });
