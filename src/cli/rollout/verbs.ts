import type { RolloutView } from '../../shared/wire.ts';
import type { Io } from '../io.ts';
import type { DaemonClient } from '../remote/daemon-client.ts';
import { type OutputFormat, printJson } from './output.ts';

export type Verb =
  | 'pause'
  | 'resume'
  | 'promote'
  | 'approve'
  | 'abort'
  | 'retry'
  | 'skip'
  | 'revert'
  | 'set'
  | 'override-freeze'
  | 'lift-throttle';

/** What is said once the daemon has acknowledged. */
const HOLDS: Readonly<Record<Verb, string>> = {
  pause: 'no target will start any more',
  resume: 'goes on',
  promote: 'goes on without waiting',
  approve: 'approved',
  abort: 'no target will start any more',
  retry: 'failed targets are pending again',
  skip: 'skipped',
  revert: 'what it applied is being taken back',
  set: 'limits set',
  'override-freeze': 'freezes and allowed times are overridden',
  'lift-throttle': 'the throttle holds it no more',
};

/** What becomes of the targets in flight after a pause or an abort. */
function inFlightText(flying: number, isCancelled: boolean): string {
  if (flying === 0) return isCancelled ? ', and nothing is in flight any more' : '';
  return isCancelled
    ? `; ${flying} in flight are being cancelled and have not ended yet`
    : `; ${flying} in flight will end`;
}
const WAITS = 'the override is asked for; another person has to confirm it';

/** Sends a verb; comes back once it holds. */
export async function runVerb(
  daemon: DaemonClient,
  io: Io,
  verb: Verb,
  id: string,
  body: Readonly<Record<string, unknown>>,
  format: OutputFormat,
): Promise<number> {
  const rollout = await daemon.post<RolloutView>(`/rollouts/${encodeURIComponent(id)}/${verb}`, body);
  if (format === 'json') {
    printJson(io, rollout);
    return 0;
  }
  const isAsked = verb === 'override-freeze' && rollout.freezeOverride?.approvedBy === undefined;
  const flying = rollout.counts.running ?? 0;
  const isStop = verb === 'pause' || verb === 'abort';
  const rest = isStop ? inFlightText(flying, body.now === true) : '';
  io.stdout(`rollout ${rollout.id} ${rollout.state}: ${isAsked ? WAITS : HOLDS[verb]}${rest}\n`);
  if (rollout.next) io.stdout(`next  ${rollout.next}\n`);
  return 0;
}
