import type { Diagnostic, Range } from './diagnostic.ts';

/** `bad.hcl:2,9-3,1`, or `bad.hcl:2,9-14` within one line: how HCL writes a range. */
export function rangeText(range: Range): string {
  const { start, end } = range;
  const until = end.line === start.line ? `${end.column}` : `${end.line},${end.column}`;
  return `${range.file}:${start.line},${start.column}-${until}`;
}

/** Atlas's form in one line: `file:2,9-14: Unknown local; There is no variable named "local".` (atlas-transcript.txt). */
export function atlasText(diagnostic: Diagnostic): string {
  const place = diagnostic.subject === undefined ? '<nil>' : rangeText(diagnostic.subject);
  return `${place}: ${diagnostic.summary}; ${diagnostic.detail}`;
}
