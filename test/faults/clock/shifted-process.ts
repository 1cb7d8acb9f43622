import fs from 'node:fs';

/** The clock of another process, set from here. */
export interface ShiftedClock {
  /** For that process. */
  readonly env: Readonly<Record<string, string>>;
  nowMs(): number;
  setTo(ms: number): void;
  jump(ms: number): void;
  /** What it has shown between two instants of the machine's own clock: at its beginning, at its end, and whenever it was set. */
  were(fromMs: number, toMs: number): readonly number[];
}

export function makeShiftedClock(file: string): ShiftedClock {
  const history: { readonly fromMs: number; readonly shiftMs: number }[] = [{ fromMs: 0, shiftMs: 0 }];
  const current = (): number => history.at(-1)?.shiftMs ?? 0;
  const shiftTo = (shiftMs: number): void => {
    // In one step: a half written number would be another time.
    fs.writeFileSync(`${file}.new`, String(shiftMs));
    fs.renameSync(`${file}.new`, file);
    history.push({ fromMs: Date.now(), shiftMs });
  };
  return {
    env: { NODE_OPTIONS: `--import ${new URL('./shifted-clock.ts', import.meta.url).href}`, RIG_CLOCK_FILE: file },
    nowMs: () => Date.now() + current(),
    setTo: (ms) => shiftTo(Math.round(ms - Date.now())),
    jump: (ms) => shiftTo(current() + ms),
    were: (fromMs, toMs) =>
      history.flatMap(({ fromMs: beganMs, shiftMs }, i) => {
        const endedMs = history[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
        if (endedMs < fromMs || beganMs > toMs) return [];
        return [Math.max(beganMs, fromMs) + shiftMs, Math.min(endedMs, toMs) + shiftMs];
      }),
  };
}
