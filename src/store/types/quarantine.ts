import type { Page, QuarantineBody, QuarantineView } from '../../shared/wire.ts';

export interface QuarantineStore {
  /** Later rollouts leave the target out. `known`: it was in quarantine before, for the reason in the view. */
  quarantine(
    target: QuarantineBody & { readonly by: string },
    nowMs: number,
  ): Promise<{ readonly kind: 'put' | 'known'; readonly view: QuarantineView }>;
  /** undefined: it was not in quarantine. */
  releaseQuarantine(
    target: QuarantineBody & { readonly by: string },
    nowMs: number,
  ): Promise<QuarantineView | undefined>;
  listQuarantine(filter: {
    readonly project?: string;
    readonly env?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<QuarantineView>>;
}
