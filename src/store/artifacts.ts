import { readStore, type StoreDatabase, writeStore } from './database.ts';

/** Writing one twice is no error: the digest stands for the content. */
export const putArtifact = (db: StoreDatabase, digest: string, content: string, nowMs: number): Promise<void> =>
  writeStore(db, async (trx) => {
    await trx
      .insertInto('artifacts')
      .values({ digest, content: db.seal.close(content, digest), used_at: nowMs })
      .onConflict((conflict) => conflict.column('digest').doUpdateSet({ used_at: nowMs }))
      .execute();
  });

export const findArtifact = (db: StoreDatabase, digest: string): Promise<string | undefined> =>
  readStore(db, async (reader) => {
    const row = await reader.selectFrom('artifacts').select('content').where('digest', '=', digest).executeTakeFirst();
    return row === undefined ? undefined : db.seal.open(row.content, digest);
  });
