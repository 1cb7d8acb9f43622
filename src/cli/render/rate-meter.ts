import type { RolloutView } from '../../shared/wire.ts';
import { finishedOf } from './rollout-tree.ts';

const WINDOW_MS = 5_000;

/** Targets finished per second and group, over the last five seconds of what was seen. */
export class RateMeter {
  readonly #seen = new Map<string, { readonly atMs: number; readonly finished: number }[]>();

  /** @param atMs monotonic milliseconds */
  note(view: RolloutView, atMs: number): void {
    for (const group of view.groups) {
      const points = this.#seen.get(group.name) ?? [];
      points.push({ atMs, finished: finishedOf(group) });
      while (points.length > 2 && atMs - (points[0]?.atMs ?? atMs) > WINDOW_MS) points.shift();
      this.#seen.set(group.name, points);
    }
  }

  rates(): ReadonlyMap<string, number> {
    const rates = new Map<string, number>();
    for (const [name, points] of this.#seen) {
      const [first, last] = [points[0], points.at(-1)];
      if (first && last && last.atMs > first.atMs)
        rates.set(name, Math.max(0, ((last.finished - first.finished) * 1000) / (last.atMs - first.atMs)));
    }
    return rates;
  }
}
