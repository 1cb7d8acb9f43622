import { AppError } from '../../shared/errors.ts';
import type { Directory } from '../directory/types.ts';
import type { DatabaseUrl } from '../url/database-url.ts';
import { onSession, toAppError } from './on-session.ts';
import { type Driver, DriverError, type Session } from './ports.ts';
import { prepareCached, type ReadyFile } from './prepare-cached.ts';
import { CODE_OF_KIND, wordDriverError } from './target-error.ts';
import type { SessionLimits } from './types.ts';

/** Engine.replay: runs a whole directory on a dev database, and leaves it as it was. @throws AppError */
export async function replayDirectory(
  driver: Driver,
  url: DatabaseUrl,
  directory: Directory,
  limits: SessionLimits,
): Promise<void> {
  const prepared = prepareCached(filesToReplay(directory), driver.scanner, 'file');
  if (prepared.kind === 'refused') throw new AppError(prepared.code, prepared.text);
  const request = { target: { id: 'dev', url }, limits, sessionName: 'flotilla dev database' };
  await onSession(driver, request, async (session) => {
    const clean = await session.checkClean();
    if (clean !== true) {
      throw new AppError('TARGET_NOT_CLEAN', `sql/migrate: connected database is not clean: ${clean.reason}`, {
        next: 'give --dev-url a database that is empty',
      });
    }
    await replay(session, prepared.files);
  });
}

/** From the last checkpoint on, as on an empty database. */
const filesToReplay = ({ files }: Directory): Directory['files'] => {
  const checkpoint = files.findLastIndex((file) => file.checkpoint);
  return files.filter((file, i) => i === checkpoint || (i > checkpoint && !file.checkpoint));
};

async function replay(session: Session, files: readonly ReadyFile[]): Promise<void> {
  const inOne =
    files.every(({ txMode }) => txMode !== 'none') && session.canRollBack(files.flatMap(({ texts }) => texts));
  try {
    if (inOne) await session.begin();
    for (const file of files) await replayFile(session, file);
  } finally {
    if (inOne) await session.rollback();
    else await session.dropAll();
  }
}

async function replayFile(session: Session, { file, texts }: ReadyFile): Promise<void> {
  for (const statement of texts) {
    try {
      await session.execute(statement);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      const worded = wordDriverError(error, { statement, version: file.version });
      throw toAppError(worded, CODE_OF_KIND[error.kind], error);
    }
  }
}
