import { readStore, type StoreDatabase, writeStore } from './database.ts';

/** Writing one twice is no error: the digest stands for the content. */
export const putArtifact = (db: StoreDatabase, digest: string, content: string): Promise<void> =>
  writeStore(db, async (trx) => {
    await trx
      .insertInto('artifacts')
      .values({ digest, content: db.seal.close(content, digest) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });

export const findArtifact = (db: StoreDatabase, digest: string): Promise<string | undefined> =>
  readStore(db, async (reader) => {
    const row = await reader.selectFrom('artifacts').select('content').where('digest', '=', digest).executeTakeFirst();
    return row === undefined ? undefined : db.seal.open(row.content, digest);
  });
