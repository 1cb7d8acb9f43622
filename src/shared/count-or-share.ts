/** A bound on some of many: so many of them, or so many of a hundred. */
export type CountOrShare = { readonly count: number } | { readonly percent: number };

/** `3` or `2.5%`; undefined where the text is neither, or more than all of them. */
export function parseCountOrShare(text: string): CountOrShare | undefined {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (percent !== undefined) return Number(percent) <= 100 ? { percent: Number(percent) } : undefined;
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? { count: Number(text) } : undefined;
}
