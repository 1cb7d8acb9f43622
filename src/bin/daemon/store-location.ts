import fs from 'node:fs';
import path from 'node:path';
import type { DaemonConfig } from '../../config/daemon/types.ts';
import { AppError } from '../../shared/errors.ts';
import type { StoreLocation } from '../../store/open-store.ts';
import { keyFile, readStoreKey } from './store-key.ts';

/** The SQLite file of a state folder. */
export const storeFile = (stateDir: string): string => path.join(stateDir, 'flotilla.db');

/** The store of the configuration, which has to be there, with its key: neither is made. @throws AppError STORE_UNAVAILABLE, STORE_KEY_WRONG */
export function findStore(config: DaemonConfig): StoreLocation {
  const { stateDir, storeKey, storeUrl } = config;
  const file = storeFile(stateDir);
  if (storeUrl === undefined && !fs.existsSync(file))
    throw new AppError('STORE_UNAVAILABLE', `there is no store "${file}"`, {
      next: 'name the state folder of the daemon with --state-dir, or its store with FLOTILLA_STORE_URL',
    });
  if (storeKey === undefined && !fs.existsSync(keyFile(stateDir)))
    throw new AppError('STORE_KEY_WRONG', `there is no key of the store: "${keyFile(stateDir)}" does not exist`, {
      next: 'restore the file, or set FLOTILLA_STORE_KEY',
    });
  const key = readStoreKey(config);
  return storeUrl === undefined ? { file, key } : { url: storeUrl, key };
}
