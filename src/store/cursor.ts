import { AppError } from '../shared/errors.ts';
import type { Page } from '../shared/wire.ts';

type CursorKey = readonly (string | number)[];

/** Where the next page begins, as an opaque text. */
const encodeCursor = (key: CursorKey): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The key in a cursor; its parts must be of the types given. @throws AppError INPUT_INVALID for a text that encodeCursor did not make */
export function decodeCursor<const T extends readonly ('string' | 'number')[]>(
  cursor: string,
  types: T,
): { [I in keyof T]: T[I] extends 'string' ? string : number } {
  const wrong = (): AppError =>
    new AppError('INPUT_INVALID', `cursor "${cursor.slice(0, 80)}" is not one that a list gave out`, {
      next: 'ask for the first page without a cursor',
    });
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw wrong();
  }
  const fits = Array.isArray(key) && key.length === types.length && types.every((type, i) => typeof key[i] === type);
  if (!fits) throw wrong();
  return key as never; // each part was held against its type above
}

/** A page of rows that were read with one more than the limit: whether there is a next page is known without counting. */
export function pageOf<R, V>(
  rows: readonly R[],
  limit: number,
  toView: (row: R) => V,
  keyOf: (last: R) => CursorKey,
): Page<V> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toView),
    ...(rows.length > page.length && last !== undefined ? { nextCursor: encodeCursor(keyOf(last)) } : {}),
  };
}
