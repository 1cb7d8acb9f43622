import { createColors } from 'picocolors';
import type { GroupState, RolloutState } from '../../shared/states.ts';

type Brush = (text: string) => string;

/** Colours by meaning; all of them leave the text alone where colours are off. */
export interface Paint {
  readonly bold: Brush;
  readonly dim: Brush;
  readonly good: Brush;
  readonly bad: Brush;
  readonly warn: Brush;
  readonly state: (state: RolloutState, text: string) => string;
  readonly group: (state: GroupState, text: string) => string;
  /** False where the terminal's locale cannot show more than ASCII. */
  readonly unicode: boolean;
}

export function createPaint(options: { readonly colour: boolean; readonly unicode: boolean }): Paint {
  const c = createColors(options.colour);
  return {
    bold: c.bold,
    dim: c.dim,
    good: c.green,
    bad: c.red,
    warn: c.yellow,
    state: (state, text) =>
      state === 'succeeded'
        ? c.green(text)
        : state === 'failed' || state === 'aborted'
          ? c.red(text)
          : state === 'running' || state === 'preparing'
            ? c.cyan(text)
            : c.yellow(text),
    group: (state, text) =>
      state === 'done'
        ? c.green(text)
        : state === 'aborted'
          ? c.red(text)
          : state === 'waiting'
            ? c.dim(text)
            : state === 'running'
              ? c.cyan(text)
              : c.yellow(text),
    unicode: options.unicode,
  };
}
