import { type ApplyContext, now } from './apply-context.ts';
import type { ReadyFile } from './prepare-cached.ts';

/** Tells of the statements of one file as they begin and land: to the caller, and to who asks what is in flight. */
export interface StatementWatch {
  begin(index: number): void;
  land(index: number, durationMs: number): void;
  /** Whatever was begun runs no more. */
  end(): void;
}

export function watchStatements(context: ApplyContext, { file, texts }: ReadyFile): StatementWatch {
  const { deps, callbacks, options, target } = context;
  let finish: (() => void) | undefined;
  const end = (): void => {
    finish?.();
    finish = undefined;
  };
  return {
    begin(index) {
      const statement = texts[index];
      if (statement === undefined) return;
      finish = deps.inFlight.begin({ targetId: target.id, sessionName: options.sessionName }, statement);
      callbacks.onProgress?.({ kind: 'StatementStarted', file, index, statement, at: now(context) });
    },
    land(index, durationMs) {
      end();
      const statement = texts[index];
      if (statement === undefined) return;
      callbacks.onProgress?.({ kind: 'StatementFinished', file, index, statement, durationMs });
    },
    end,
  };
}
