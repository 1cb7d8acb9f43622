import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod';
import { AppError, ERRORS, type ErrorCode } from '../shared/errors.ts';
import type { Problem } from '../shared/wire.ts';

/** How to write an error to a client: RFC 9457, with our stable code. */
export interface ProblemAnswer {
  readonly problem: Problem;
  /** True where it is a bug or the world failed in a way that belongs into the log with its stack. */
  readonly isOurs: boolean;
}

const TOO_LARGE = 'FST_ERR_CTP_BODY_TOO_LARGE';

/** The one place where errors become HTTP answers. */
export function toProblem(error: unknown): ProblemAnswer {
  if (error instanceof AppError) return answer(error.code, error.message, error);
  if (isResponseSerializationError(error))
    return answer('INTERNAL', 'the answer does not have its documented form', {});
  if (hasZodFastifySchemaValidationErrors(error)) {
    const details = error.validation.map((one) => ({
      path: one.instancePath || '/',
      message: lowerFirst(one.message ?? 'not of the expected form'),
    }));
    const said = details.map((one) => `"${one.path}": ${one.message}`).join('; ');
    return answer('INPUT_INVALID', `the request is not of the expected form: ${said}`, { details });
  }
  if (isFastifyError(error)) {
    if (error.code === TOO_LARGE)
      return answer('BODY_TOO_LARGE', 'the request body is larger than the daemon accepts', {});
    if (error.statusCode !== undefined && error.statusCode < 500)
      return answer('INPUT_INVALID', `the request cannot be read: ${lowerFirst(error.message)}`, {});
  }
  return answer('INTERNAL', 'a bug in Flotilla; the log of the daemon has the stack', {});
}

function answer(code: ErrorCode, detail: string, more: Pick<Partial<AppError>, 'next' | 'details'>): ProblemAnswer {
  const spec = ERRORS[code];
  const problem: Problem = {
    type: `urn:flotilla:error:${code}`,
    title: spec.meaning,
    status: spec.status,
    code,
    detail,
    ...(more.next === undefined ? {} : { next: more.next }),
    ...(more.details === undefined || more.details.length === 0 ? {} : { errors: more.details }),
  };
  return { problem, isOurs: code === 'INTERNAL' };
}

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_');

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
