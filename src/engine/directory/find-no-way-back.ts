import type { DialectName } from '../dialects/dialect-name.ts';
import type { Directory, Refusal } from './types.ts';
import { wayBack } from './way-back.ts';

/**
 * The files that brought a target from one version to another and that cannot be taken back, newest first, each with what was looked for. Asks no
 * target: what was applied there out of order, or by hand, is for the target itself to say.
 * @param span.from '' where the target was empty: it was then begun at the newest checkpoint, if there is one
 */
export function findNoWayBack(
  directory: Directory,
  dialect: DialectName,
  { from, to }: { readonly from: string; readonly to: string },
): readonly Refusal[] {
  const files = directory.files.filter(({ version }) => version <= to);
  const checkpoint = files.findLastIndex(({ checkpoint: isOne }) => isOne);
  const applied =
    from === ''
      ? files.slice(Math.max(checkpoint, 0))
      : files.filter(({ version, checkpoint: isOne }) => !isOne && version > from);
  return applied
    .toReversed()
    .map((file) => wayBack(file, dialect))
    .filter((way) => way.kind === 'refused');
}
