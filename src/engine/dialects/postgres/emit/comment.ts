import type { Property } from '../../../schema/property.ts';
import { literal } from '../../sql-text.ts';
import type { Statement } from '../../statement.ts';

/** COMMENT ON, where the comment differs; '' takes it away. @param what for the statement's own comment: `column: "c" on table: "t"` */
export function commentOn(
  type: string,
  name: string,
  what: string,
  from: Property | undefined,
  to: Property | undefined,
): readonly Statement[] {
  const [before, after] = [from ?? '', to ?? ''].map(String);
  if (before === after) return [];
  const text = (comment: string): string => `COMMENT ON ${type} ${name} IS ${literal(comment)}`;
  return [{ text: text(after ?? ''), comment: `set comment to ${what}`, reverse: [text(before ?? '')] }];
}
