import { printComment } from '../dialects/sql-comment.ts';
import type { MigrationFile } from '../directory/types.ts';
import type { ApplyCallbacks } from './types.ts';

/** The comment that goes out behind a statement; undefined: none. */
export function commentOf(
  { tagsOf }: Pick<ApplyCallbacks, 'tagsOf'>,
  file: MigrationFile,
  index: number,
): string | undefined {
  const tags = tagsOf?.(file, index);
  return tags === undefined ? undefined : printComment(tags);
}
