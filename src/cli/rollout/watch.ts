import { createLogUpdate } from 'log-update';
import { AppError } from '../../shared/errors.ts';
import { isFinal } from '../../shared/states.ts';
import type { Page, RolloutView } from '../../shared/wire.ts';
import type { Io } from '../io.ts';
import type { DaemonClient } from '../remote/daemon-client.ts';
import { renderEventLine } from '../render/event-line.ts';
import { RateMeter } from '../render/rate-meter.ts';
import { renderRolloutTree } from '../render/rollout-tree.ts';
import { exitCodeOf } from './exit-code.ts';
import { followRollout, leaveRollout, type StopAt } from './follow.ts';
import { paintOf } from './output.ts';

/** The id given, else the one rollout that is not over, else the newest. */
export async function chooseRollout(daemon: DaemonClient, id: string | undefined): Promise<string> {
  if (id !== undefined) return id;
  const { items } = await daemon.get<Page<RolloutView>>('/rollouts', { limit: 50 });
  const live = items.filter((rollout) => !isFinal(rollout.state));
  if (live.length > 1) {
    throw new AppError(
      'INPUT_INVALID',
      `${live.length} rollouts are not over: ${live.map((rollout) => `${rollout.id} (${rollout.project}/${rollout.env})`).join(', ')}`,
      { next: 'name one of them' },
    );
  }
  const chosen = live[0] ?? items[0];
  if (!chosen)
    throw new AppError('ROLLOUT_NOT_FOUND', 'there is no rollout yet', {
      next: 'start one with flotilla rollout start',
    });
  return chosen.id;
}

export interface WatchOptions {
  readonly stopAt: StopAt;
  readonly timeoutMs?: number;
}

/**
 * Shows the rollout until it has ended, or as `stopAt` says: a tree that redraws on a terminal, one line per event elsewhere.
 * @returns what was seen last
 */
export async function watchRollout(
  daemon: DaemonClient,
  io: Io,
  id: string,
  options: WatchOptions,
): Promise<{ readonly view: RolloutView | undefined; readonly timedOut: boolean }> {
  const follow = { stopAt: options.stopAt, timeoutMs: options.timeoutMs, signal: io.signal };
  if (!io.isTTY) {
    return followRollout(daemon, id, {
      ...follow,
      onEvents: (events) => io.stdout(events.map((event) => `${renderEventLine(event)}\n`).join('')),
      onAway: onceUntilBack((error) => io.stderr(`${error.message}; trying again\n`)),
    });
  }
  const paint = paintOf(io);
  const meter = new RateMeter();
  const screen = createLogUpdate(terminalOf(io), { showCursor: true });
  const draw = (view: RolloutView, remark?: string): void => {
    const tree = renderRolloutTree(view, { width: io.columns(), nowMs: Date.now(), paint, rates: meter.rates() });
    screen([...tree, ...(remark === undefined ? [] : [paint.warn(` ${remark}`)])].join('\n'));
  };
  let last: RolloutView | undefined;
  try {
    return await followRollout(daemon, id, {
      ...follow,
      onView: (view) => {
        last = view;
        meter.note(view, performance.now());
        draw(view);
      },
      onAway: (error) => {
        if (last) draw(last, `${error.message}; trying again`);
      },
    });
  } finally {
    screen.done();
  }
}

/** `rollout watch`: exit code 0 when it ended well, else as `--wait` has it. */
export async function runWatch(daemon: DaemonClient, io: Io, id: string | undefined): Promise<number> {
  const chosen = await chooseRollout(daemon, id);
  try {
    const { view } = await watchRollout(daemon, io, chosen, { stopAt: 'end' });
    return view ? (exitCodeOf(view.state) ?? 0) : 1;
  } catch (error) {
    return leaveRollout(io, chosen, error);
  }
}

function onceUntilBack(say: (error: AppError) => void): (error: AppError) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - saidAt < 5_000) return;
    saidAt = performance.now();
    say(error);
  };
}

/** log-update wants a stream: ours writes through the command's own output. */
function terminalOf(io: Io): NodeJS.WriteStream {
  const stream = {
    write: (text: string) => {
      io.stdout(text);
      return true;
    },
    isTTY: true,
    get columns() {
      return io.columns();
    },
    get rows() {
      return io.rows();
    },
  };
  // log-update reads these four members only (8.0.0, index.js).
  return stream as unknown as NodeJS.WriteStream;
}
