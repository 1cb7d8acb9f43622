import type { RolloutProgress } from './progress.ts';

/** Nothing is out whose answer the next run would wait for in vain; timers do not count, they are started again. */
export const canHandOver = ({ slices, gate, finish, joiners }: RolloutProgress): boolean =>
  slices.length === 0 && (joiners?.asked ?? null) === null && gate.request === null && finish === null;

/** The state as the next run of the workflow takes it over: no timer runs there yet. They keep the times at which they end. */
export const handOver = (state: RolloutProgress): RolloutProgress => ({
  ...state,
  // A run of earlier code knows nothing of lanes: its slices had one. None is in flight here.
  groups: state.groups.map((group) => ({
    ...group,
    lanesPerSlice: group.lanesPerSlice ?? 1,
    hosts: group.hosts.map((host) => ({ ...host, lanes: 0 })),
  })),
  timers: state.timers.map((timer) => ({ ...timer, issued: false })),
  cancels: [],
});
