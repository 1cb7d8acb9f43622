import type { FlotillaProcess } from '../rig/flotilla-process.ts';
import type { Twins } from './twins.ts';

/** Late writes that the daemons have refused since this was made, over all their lives: a killed process takes its counter with it. */
export interface FencedCount {
  /** Before a daemon is killed. */
  keep(process: FlotillaProcess): Promise<void>;
  sum(): Promise<number>;
}

export async function countFenced({ daemons }: Pick<Twins, 'daemons'>): Promise<FencedCount> {
  const processes = daemons.map(({ process }) => process);
  const base = new Map<FlotillaProcess, number>();
  for (const process of processes) base.set(process, await refusedBy(process));
  let kept = 0;
  const since = async (process: FlotillaProcess): Promise<number> =>
    (await refusedBy(process)) - (base.get(process) ?? 0);
  return {
    async keep(process) {
      kept += await since(process);
      base.set(process, 0);
    },
    async sum() {
      let sum = kept;
      for (const process of processes) sum += await since(process);
      return sum;
    },
  };
}

/** `flotilla_fenced_writes_total` of a daemon, whatever was written. */
async function refusedBy({ address }: FlotillaProcess): Promise<number> {
  const text = await (await fetch(`${address}/metrics`, { signal: AbortSignal.timeout(20_000) })).text();
  const counts = Array.from(text.matchAll(/^flotilla_fenced_writes_total\{[^}]*\} (\d+)/gm), ([, count]) => count);
  return counts.reduce((sum, count) => sum + Number(count), 0);
}
