import type { Store } from '../store/types.ts';
import type { SliceInput, SliceTarget } from './run-slice.ts';

/** Of the first claim, for each lane: nobody knows yet how long a target takes. */
const FIRST_TARGETS = 4;
/** Later claims are of as many targets as were done in this time: a commit of the store a time, and little held that is not at work. */
const STEP_MS = 200;
const MAX_STEP = 500;

export type Claimed = Awaited<ReturnType<Store['claimSlice']>>;

export interface SourceDeps {
  claim(limit: number, more: boolean): Promise<Claimed>;
  /** Takes away what can be settled without work on the target itself. */
  sift(claimed: Claimed): Promise<readonly SliceTarget[]>;
  /** How many targets the slice has finished, in which time, and how much it has left. */
  pace(): { readonly finished: number; readonly ms: number; readonly leftMs: number };
  /** A claim has come in, or has failed. */
  onChange(): void;
}

/**
 * The targets of a slice, claimed in steps: what the slice holds is about to be run. The next step is claimed while the lanes are at work on
 * the one before.
 */
export class SliceSource {
  readonly #deps: SourceDeps;
  readonly #lanes: number;
  readonly #queue: SliceTarget[] = [];
  #room: number;
  #lowWater = 0;
  #isFirst = true;
  #isClaiming = false;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param doneBefore targets that earlier tries of the slice have finished */
  constructor(deps: SourceDeps, { maxTargets, lanes = 1 }: SliceInput, doneBefore: number) {
    this.#deps = deps;
    this.#lanes = lanes;
    this.#room = maxTargets - doneBefore;
  }

  /** The next target; undefined: none now. @throws what a claim has failed with */
  take(): SliceTarget | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#queue.length <= this.#lowWater) this.#claimMore();
    return this.#queue.shift();
  }

  /** Whether more may come. */
  get isOver(): boolean {
    return this.#queue.length === 0 && !this.#isClaiming && (this.#isEnded || this.#failure !== undefined);
  }

  /** Takes all that are left. */
  rest(): readonly SliceTarget[] {
    return this.#queue.splice(0);
  }

  /** Waits for the claim that is under way: nothing may be claimed once the slice is finished. */
  async settled(): Promise<void> {
    this.#isEnded = true;
    await this.#claim;
  }

  #claim: Promise<void> = Promise.resolve();

  #claimMore(): void {
    if (this.#isClaiming || this.#isEnded) return;
    const limit = Math.min(this.#room, this.#step());
    if (limit <= 0) {
      this.#isEnded = true;
      return;
    }
    this.#isClaiming = true;
    this.#claim = this.#fill(limit)
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#isClaiming = false;
        this.#deps.onChange();
      });
  }

  async #fill(limit: number): Promise<void> {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const claimed = await this.#deps.claim(limit, !isFirst);
    this.#room -= claimed.length;
    // A first claim of a later try gives what the earlier one held, be it little.
    if (claimed.length === 0 || (!isFirst && claimed.length < limit)) this.#isEnded = true;
    this.#lowWater = Math.floor(claimed.length / 2);
    this.#queue.push(...(await this.#deps.sift(claimed)));
  }

  #step(): number {
    const { finished, ms, leftMs } = this.#deps.pace();
    if (this.#isFirst || finished === 0) return this.#lanes * FIRST_TARGETS;
    const stepMs = Math.min(STEP_MS, Math.max(0, leftMs));
    return Math.min(MAX_STEP, Math.max(this.#lanes, Math.ceil((finished * stepMs) / Math.max(1, ms))));
  }
}
