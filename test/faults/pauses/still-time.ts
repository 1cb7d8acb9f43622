import type { Fleet } from '../../integration/fleet/fleet.ts';

/** From the moment at which whoever paused was told that it holds, to the moment at which it was asked to go on. By the machine's clock. */
export interface StillTime {
  readonly acknowledgedMs: number;
  readonly resumedMs: number;
  /** Where an engine was frozen before it and woken in it. */
  readonly wokenMs?: number;
}

/** A clock of the databases tells milliseconds, not less: a start in the millisecond of the acknowledgement may be before it. */
const CLOCK_STEP_MS = 1;
/** Targets whose first statement began while nothing might start, as the databases say: one line each. */
export async function findLateStarts(fleet: Fleet, stills: readonly StillTime[]): Promise<readonly string[]> {
  const late: string[] = [];
  for (const [from, tenants] of Map.groupBy(fleet.tenants, (tenant) => tenant.from)) {
    // What has begun is brought to its end, its later versions included: the first one that a tenant lacks counts.
    const version = fleet.migrations.files[from]?.version ?? '';
    for (const { tenant, atMs } of await fleet.backend.readStartTimes(tenants, version)) {
      for (const { acknowledgedMs, resumedMs, wokenMs } of stills) {
        if (atMs <= acknowledgedMs + CLOCK_STEP_MS || atMs >= resumedMs) continue;
        const woken = wokenMs === undefined ? '' : `, ${(atMs - wokenMs).toFixed(1)} ms after an engine was woken`;
        late.push(`${tenant} began ${(atMs - acknowledgedMs).toFixed(1)} ms after the acknowledgement${woken}`);
      }
    }
  }
  return late;
}
