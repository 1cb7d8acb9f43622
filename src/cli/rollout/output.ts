import type { RolloutView } from '../../shared/wire.ts';
import { hasColour, type Io } from '../io.ts';
import { createPaint, type Paint } from '../render/paint.ts';
import { renderRolloutTree } from '../render/rollout-tree.ts';

export type OutputFormat = 'text' | 'json';

/** One JSON document on stdout and nothing else there. */
export const printJson = (io: Io, value: unknown): void =>
  io.stdout(`${JSON.stringify(value, null, io.isTTY ? 2 : 0)}\n`);

/** Colours and characters that this terminal can show. */
export function paintOf(io: Io): Paint {
  const locale = io.env.LC_ALL || io.env.LC_CTYPE || io.env.LANG || '';
  return createPaint({ colour: hasColour(io), unicode: locale === '' || /utf-?8/i.test(locale) });
}

/** The rollout as JSON or as its tree, once. */
export function printRollout(io: Io, rollout: RolloutView, format: OutputFormat, nowMs: number): void {
  if (format === 'json') printJson(io, rollout);
  else
    io.stdout(
      `${renderRolloutTree(rollout, { width: io.columns(), nowMs, paint: paintOf(io), rates: new Map() }).join('\n')}\n`,
    );
}
