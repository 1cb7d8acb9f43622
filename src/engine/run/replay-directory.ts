import { AppError } from '../../shared/errors.ts';
import type { Directory } from '../directory/types.ts';
import type { Realm } from '../schema/realm.ts';
import type { DatabaseUrl } from '../url/database-url.ts';
import { onSession, toAppError } from './on-session.ts';
import { type Driver, DriverError, type Session } from './ports.ts';
import { prepareCached, type ReadyFile } from './prepare-cached.ts';
import { dialectOf, lockDev, readSchema } from './schema/schema-of.ts';
import { CODE_OF_KIND, wordDriverError } from './target-error.ts';
import type { SessionLimits } from './types.ts';

/** Engine.replay: runs a whole directory on a dev database, and leaves it as it was. @throws AppError */
export const replayDirectory = (
  driver: Driver,
  url: DatabaseUrl,
  directory: Directory,
  limits: SessionLimits,
): Promise<void> => lookAtReplay(driver, url, directory, limits, async () => {});

/** Engine.inspectDirectory: the schema that a directory makes of an empty database. @throws AppError */
export function inspectDirectory(
  driver: Driver,
  url: DatabaseUrl,
  directory: Directory,
  limits: SessionLimits,
  lockWaitMs: number,
): Promise<Realm> {
  const dialect = dialectOf(url);
  return lookAtReplay(driver, url, directory, limits, (session) => readSchema(session, dialect, url), lockWaitMs);
}

async function lookAtReplay<T>(
  driver: Driver,
  url: DatabaseUrl,
  directory: Directory,
  limits: SessionLimits,
  look: (session: Session) => Promise<T>,
  lockWaitMs?: number,
): Promise<T> {
  const prepared = prepareCached(filesToReplay(directory), driver.scanner, 'file');
  if (prepared.kind === 'refused') throw new AppError(prepared.code, prepared.text);
  const request = { target: { id: 'dev', url }, limits, sessionName: 'flotilla dev database' };
  return onSession(driver, request, async (session) => {
    if (lockWaitMs !== undefined) await lockDev(session, lockWaitMs);
    const clean = await session.checkClean();
    if (clean !== true) {
      throw new AppError('TARGET_NOT_CLEAN', `sql/migrate: connected database is not clean: ${clean.reason}`, {
        next: 'give --dev-url a database that is empty',
      });
    }
    return replay(session, prepared.files, look);
  });
}

/** From the last checkpoint on, as on an empty database. */
const filesToReplay = ({ files }: Directory): Directory['files'] => {
  const checkpoint = files.findLastIndex((file) => file.checkpoint);
  return files.filter((file, i) => i === checkpoint || (i > checkpoint && !file.checkpoint));
};

async function replay<T>(
  session: Session,
  files: readonly ReadyFile[],
  look: (session: Session) => Promise<T>,
): Promise<T> {
  const inOne =
    files.every(({ txMode }) => txMode !== 'none') && session.canRollBack(files.flatMap(({ texts }) => texts));
  try {
    if (inOne) await session.begin();
    for (const file of files) await replayFile(session, file);
    return await look(session);
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
