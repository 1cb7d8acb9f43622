import { hasColour } from '../io.ts';
import { type GoColours, goColours } from '../render/go-colours.ts';
import type { MigrateDeps } from './deps.ts';

export const coloursOf = (deps: MigrateDeps): GoColours => goColours(hasColour(deps.io));

/**
 * Prints one document a target. Where a document does not end with a newline, one is put between it and the next, as in Atlas:
 * `{{ json . }}` over many targets gives newline-separated JSON.
 */
export function documentPrinter(deps: MigrateDeps): (text: string) => void {
  let needsNewline = false;
  return (text) => {
    if (text === '') return;
    deps.io.stdout(needsNewline ? `\n${text}` : text);
    needsNewline = !text.endsWith('\n');
  };
}
