import { AppError } from '../shared/errors.ts';
import type { RolloutRow } from '../store/types.ts';
import type { AppDeps } from './deps.ts';
import type { RolloutMessage } from './ports.ts';

/** What must reach the workflow even if Temporal is down now: a pause or an abort holds by the gate, and is told in its turn. */
export interface MessageDelivery {
  /** Keeps the message and delivers it in the background, after the earlier ones of the same rollout. */
  post(row: RolloutRow, message: RolloutMessage): Promise<void>;
  /** Resolves when every message posted so far has been taken. @throws AppError TEMPORAL_UNAVAILABLE where one still waits */
  settled(row: RolloutRow): Promise<void>;
  /** Takes up the messages that an earlier process has not delivered. */
  recover(): Promise<void>;
}

type Rollout = Pick<RolloutRow, 'id' | 'project' | 'env'>;
type Delivering = Pick<AppDeps, 'store' | 'workflows' | 'events' | 'clock' | 'signal'>;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** How long the next verb waits for an earlier message before it says that Temporal does not answer. */
const PATIENCE_MS = 10_000;

export function createDelivery(deps: Delivering): MessageDelivery {
  const queues = new Map<string, Promise<void>>();

  const enqueue = (rollout: Rollout, message: RolloutMessage): void => {
    const before = queues.get(rollout.id) ?? Promise.resolve();
    const own = before.then(() => deliver(deps, rollout, message));
    // A process that goes down leaves the rest to the next one: it is in the store.
    const settled = own.catch(() => undefined);
    queues.set(rollout.id, settled);
    settled.then(() => {
      if (queues.get(rollout.id) === settled) queues.delete(rollout.id);
    });
  };

  return {
    async post(row, message) {
      const { id, verb, ...payload } = message;
      await deps.store.putCommand(row.id, { id, verb, payload }, deps.clock.nowMs());
      enqueue(row, message);
    },
    async settled(row) {
      const pending = queues.get(row.id);
      if (pending === undefined) return;
      const timer = new AbortController();
      const late = deps.clock.sleep(PATIENCE_MS, timer.signal).then(
        () => true,
        () => false,
      );
      const isLate = await Promise.race([pending.then(() => false), late]);
      timer.abort();
      if (!isLate) return;
      throw new AppError(
        'TEMPORAL_UNAVAILABLE',
        'an earlier command has not reached the workflow yet: Temporal does not answer',
        {
          next: `flotilla rollout get ${row.id}`,
        },
      );
    },
    async recover() {
      for (const command of await deps.store.undeliveredCommands()) {
        const row = await deps.store.getRollout(command.rolloutId);
        // Written by post() from a RolloutMessage.
        const message = { ...command.payload, id: command.id, verb: command.verb } as RolloutMessage;
        if (row === undefined) await deps.store.commandDelivered(command.id);
        else enqueue(row, message);
      }
    },
  };
}

/** Sends until it is taken, or there is nobody left to take it. @throws the signal's reason */
async function deliver(deps: Delivering, rollout: Rollout, message: RolloutMessage): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    deps.signal.throwIfAborted();
    try {
      await deps.workflows.send(rollout, message);
      return await deps.store.commandDelivered(message.id);
    } catch (error) {
      if (error instanceof AppError && error.code !== 'TEMPORAL_UNAVAILABLE' && error.code !== 'STORE_UNAVAILABLE') {
        // Refused: the rollout is over, or is where the verb wants it already.
        return await deps.store.commandDelivered(message.id);
      }
      const why = error instanceof Error ? error.message : 'thrown value';
      const detail = { rolloutId: rollout.id, verb: message.verb, why };
      deps.events.emit({ kind: 'DaemonNotice', level: 'warn', message: 'a command waits for Temporal', detail });
    }
    await deps.clock.sleep(waitMs, deps.signal);
  }
}
