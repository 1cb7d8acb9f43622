/** What a process says of a host, and wants there. */
export interface HostPlacesAsked {
  readonly host: string;
  /** `limits.per_host` of the process. */
  readonly most: number;
  /** Targets at work there now, and with those that wait; 0 wanted: the places are given back. */
  readonly running: number;
  readonly wanted: number;
  /** Of its places those that it does not give up: at least those at work. */
  readonly kept: number;
  /** Targets since it asked last that the host had room for. */
  readonly borne: number;
  /** The host has had no connection left: for so many at work in this process, that were begun when `halved` was this. */
  readonly refused?: { readonly halved: number; readonly running: number };
}

export interface HostPlaces {
  readonly host: string;
  /** The process may have so many targets at work until its lease is over. */
  readonly places: number;
  /** What is fair, now: of `places` those above it are to be given up, those below it come once others have done so. */
  readonly share: number;
  /** Of all processes. */
  readonly limit: number;
  /** How often the limit was halved. */
  readonly halved: number;
}

export interface LimitStore {
  /**
   * May the target be started, where at most `max` of its env are in any 60 minutes? Undefined: yes, and it is counted from now on.
   * Else the time in ms at which the next one may. One that its rollout has started within the hour is counted once, and may. Exact, whoever
   * asks at once, as far as the clocks of the processes agree.
   */
  startUnderCap(
    start: {
      readonly project: string;
      readonly env: string;
      readonly rolloutId: string;
      readonly target: string;
      readonly max: number;
    },
    nowMs: number,
  ): Promise<number | undefined>;
  /**
   * Takes, renews and gives back places on hosts, so that all processes of the store together stay within the limit of each host. They are the
   * holder's for `leaseMs` by the clock of the store's server, and free after that. `limits.per_host` halves where a host has refused.
   */
  takeHostPlaces(holder: string, leaseMs: number, asked: readonly HostPlacesAsked[]): Promise<readonly HostPlaces[]>;
}
