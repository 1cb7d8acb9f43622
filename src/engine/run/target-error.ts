import type { ErrorCode } from '../../shared/errors.ts';
import type { TargetError } from '../../shared/states.ts';
import type { Refusal } from '../directory/types.ts';
import { fingerprint } from './fingerprint.ts';
import type { DriverError, DriverErrorKind } from './ports.ts';

/** Which of our codes stands for a kind of error; a database's own code is more exact and goes first. */
export const CODE_OF_KIND: Readonly<Record<DriverErrorKind, ErrorCode>> = {
  connect: 'TARGET_CONNECT',
  auth: 'TARGET_AUTH',
  url: 'TARGET_URL_INVALID',
  pooler: 'TARGET_POOLER',
  'lock-held': 'TARGET_LOCK_HELD',
  'lock-timeout': 'TARGET_LOCK_TIMEOUT',
  'history-moved': 'TARGET_LOCK_HELD',
  cancelled: 'TARGET_STATEMENT',
  statement: 'TARGET_STATEMENT',
};

/** What a target's outcome says of an error, and the text for stderr. */
export interface Worded {
  readonly error: TargetError;
  readonly text: string;
}

/** @param at the statement that was refused, and the version of its file */
export function wordDriverError(
  error: DriverError,
  at?: { readonly statement: string; readonly version: string },
): Worded {
  const code = error.code === '' ? CODE_OF_KIND[error.kind] : error.code;
  const text = textOf(error, at);
  return {
    text,
    error: {
      class: error.class,
      code,
      message: error.kind === 'lock-held' ? text : error.message,
      fingerprint: fingerprint(code, error.message),
      ...(at === undefined ? {} : { statement: at.statement }),
      ...(error.blocker === undefined ? {} : { blocker: error.blocker }),
    },
  };
}

function textOf(error: DriverError, at?: { readonly statement: string; readonly version: string }): string {
  if (error.kind === 'lock-held') return `acquiring database lock: ${error.message}`;
  if (at === undefined) return error.message;
  return `sql/migrate: executing statement "${at.statement}" from version "${at.version}": ${error.message}`;
}

/** A refusal holds for the target as it is and the directory as it is: another try changes nothing. */
export const wordRefusal = ({ code, text }: Pick<Refusal, 'text'> & { readonly code: ErrorCode }): Worded => ({
  text,
  error: { class: 'permanent', code, message: text, fingerprint: fingerprint(code, text) },
});

/** Two revisions tables could be meant (atlas-config-cli.md 4.5). */
export const AMBIGUOUS: Worded = wordRefusal({
  code: 'TARGET_AMBIGUOUS_REVISIONS',
  text: 'ambiguous revision table',
});
