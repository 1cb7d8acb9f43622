/**
 * How long to wait before another try: twice as long each time, between half and one and a half of it at random, so that a fleet does not come
 * back in step.
 * @param tries how often it was tried before, from 0
 * @returns milliseconds
 */
export const jitteredPauseMs = (firstMs: number, lastMs: number, tries: number): number =>
  Math.min(lastMs, firstMs * 2 ** tries) * (0.5 + Math.random());
