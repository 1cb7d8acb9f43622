import type { Piece } from './arrange-template.ts';

/**
 * `<<-`: takes from every line what the least indented line has in front. Blank lines do not count, and a line that begins
 * with an interpolation has no indentation. Each line is a piece of its own (parse-template.ts).
 */
export function dedent(pieces: Piece[]): void {
  let isLineStart = true;
  let least = Number.POSITIVE_INFINITY;
  const lines: number[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (isLineStart) {
      isLineStart = false;
      const indentation = indentationOf(piece);
      if (indentation !== undefined) {
        least = Math.min(least, indentation);
        lines.push(index);
      }
    }
    if (piece.kind === 'TextLiteral' && piece.value.endsWith('\n')) isLineStart = true;
  }
  if (least === Number.POSITIVE_INFINITY || least === 0) return;
  for (const index of lines) {
    const piece = pieces[index];
    if (piece?.kind === 'TextLiteral') pieces[index] = { ...piece, value: piece.value.slice(least) };
  }
}

function indentationOf(piece: Piece): number | undefined {
  if (piece.kind !== 'TextLiteral') return 0;
  const rest = piece.value.trimStart();
  const isBlank = rest === '' && piece.value.endsWith('\n');
  return isBlank ? undefined : piece.value.length - rest.length;
}
