import { AppError, type ErrorCode } from '../../shared/errors.ts';
import { type Driver, DriverError, type OpenRequest, type Session } from './ports.ts';
import { CODE_OF_KIND, type Worded, wordDriverError } from './target-error.ts';

/** For callers that want an exception: of our code, in Atlas's words. */
export const toAppError = ({ text }: Pick<Worded, 'text'>, code: ErrorCode, cause?: unknown): AppError =>
  new AppError(code, text, { cause });

/** Runs `work` on a session that is released whatever happens. @throws AppError for what the database says no to */
export async function onSession<T>(
  driver: Driver,
  request: OpenRequest,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  try {
    const session = await driver.open(request);
    try {
      return await work(session);
    } finally {
      await session.release();
    }
  } catch (error) {
    throw error instanceof DriverError ? toAppError(wordDriverError(error), CODE_OF_KIND[error.kind], error) : error;
  }
}
