import { findArtifact, putArtifact } from './artifacts.ts';
import type { StoreDatabase } from './database.ts';

const NAME = 'key-check';

/** The first process of a store leaves a word under its key; each later one must be able to read it. @throws AppError STORE_KEY_WRONG */
export async function checkKey(db: StoreDatabase): Promise<void> {
  await putArtifact(db, NAME, NAME);
  await findArtifact(db, NAME);
}
