import type { Position, Range } from './diagnostic.ts';

const NEWLINE = 10;

/** One file that was read. Syntax nodes hold offsets into it; lines and columns are counted only when somebody asks. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** The place of an offset (UTF-16 units from 0; past the end counts as the end). */
  position(offset: number): Position {
    const at = Math.min(Math.max(offset, 0), this.text.length);
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    const lineStart = starts[low] ?? 0;
    return { offset: at, line: low + 1, column: codePoints(this.text, lineStart, at) + 1 };
  }

  /** `end` is exclusive. */
  range(start: number, end: number): Range {
    return { file: this.file, start: this.position(start), end: this.position(end) };
  }

  /** The text of a line (from 1) without its line end; undefined where there is no such line. */
  line(number: number): string | undefined {
    const starts = this.#starts();
    const start = starts[number - 1];
    if (start === undefined) return undefined;
    const next = starts[number];
    return this.text.slice(start, next === undefined ? undefined : next - 1).replace(/\r$/, '');
  }

  #starts(): readonly number[] {
    if (this.#lineStarts !== undefined) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
    return starts;
  }
}

function codePoints(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff && at > from;
    if (!isLowSurrogate && unit !== NEWLINE) count++;
  }
  return count;
}
