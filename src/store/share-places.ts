/** How the places of a host are shared among the processes that want some. Pure arithmetic: the transaction around it is in host-places.ts. */

/** What a process holds of a host, or asks for. */
export interface PlaceHolder {
  readonly holder: string;
  /** Those at work, and those that wait. */
  readonly wanted: number;
}

/** So long a place that cannot be divided stays with one process; then the next has it. */
const TURN_MS = 2_000;

/**
 * Max-min: whoever wants little gets it, the rest is divided evenly among those that want more; what nobody wants is divided evenly, too, so
 * that whoever comes to want more need not ask. What cannot be divided goes round by the time.
 * @param limit places of the host
 * @param nowMs the time of the store's server: the same for all that share
 * @returns holder → places; their sum is the limit where there is a holder
 */
export function sharePlaces(
  holders: readonly PlaceHolder[],
  limit: number,
  nowMs: number,
): ReadonlyMap<string, number> {
  const sorted = holders.toSorted((a, b) => (a.holder < b.holder ? -1 : 1));
  const turn = sorted.length === 0 ? 0 : Math.floor(nowMs / TURN_MS) % sorted.length;
  const inTurn = [...sorted.slice(turn), ...sorted.slice(0, turn)];
  const shares = new Map(inTurn.map(({ holder }) => [holder, 0]));
  let left = limit;
  const give = (to: readonly PlaceHolder[], most: (one: PlaceHolder) => number): void => {
    let open = to.filter((one) => most(one) > 0);
    while (left > 0 && open.length > 0) {
      const each = Math.max(1, Math.floor(left / open.length));
      for (const one of open) {
        const has = shares.get(one.holder) ?? 0;
        const more = Math.min(each, left, most(one) - has);
        shares.set(one.holder, has + more);
        left -= more;
      }
      open = open.filter((one) => (shares.get(one.holder) ?? 0) < most(one));
    }
  };
  give(inTurn, ({ wanted }) => wanted);
  give(inTurn, () => Infinity);
  return shares;
}
