import { findArtifact, putArtifact } from './artifacts.ts';
import type { StoreDatabase } from './database.ts';

/** Its name among the artifacts; no digest looks like it. */
export const KEY_CHECK = 'key-check';

/** The first process of a store leaves a word under its key; each later one must be able to read it. @throws AppError STORE_KEY_WRONG */
export async function checkKey(db: StoreDatabase): Promise<void> {
  await putArtifact(db, KEY_CHECK, KEY_CHECK, 0);
  await findArtifact(db, KEY_CHECK);
}
