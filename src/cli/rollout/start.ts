import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../shared/errors.ts';
import { parseGoDuration } from '../../shared/go-duration.ts';
import { parseTraceContext } from '../../shared/trace-context.ts';
import type { PlanView, RolloutView, StartRolloutBody } from '../../shared/wire.ts';
import type { Io } from '../io.ts';
import type { DaemonClient } from '../remote/daemon-client.ts';
import { renderPlan } from '../render/rollout-plan.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { followRollout, leaveRollout } from './follow.ts';
import { type OutputFormat, paintOf, printJson, printRollout } from './output.ts';
import { readDesired } from './upload-desired.ts';
import { readUpload } from './upload-directory.ts';
import { parseVars } from './vars.ts';
import { watchRollout } from './watch.ts';

export interface StartFlags {
  readonly project: string;
  readonly env: string;
  readonly toVersion?: string;
  readonly dir?: string;
  readonly to?: readonly string[];
  readonly devUrl?: string;
  readonly planDigest?: string;
  readonly var?: readonly string[];
  readonly reason?: string;
  readonly idempotencyKey?: string;
  readonly acceptShrink?: boolean;
  readonly overrideFreeze?: boolean;
  readonly approvedBy?: string;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly output: OutputFormat;
}

async function bodyOf(io: Io, flags: StartFlags): Promise<StartRolloutBody> {
  return {
    project: flags.project,
    env: flags.env,
    ...(flags.toVersion === undefined ? {} : { toVersion: flags.toVersion }),
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
    ...(flags.acceptShrink === undefined ? {} : { acceptShrink: flags.acceptShrink }),
    ...overrideOf(flags),
    ...(flags.var === undefined || flags.var.length === 0 ? {} : { vars: parseVars(flags.var) }),
    ...(await desiredOf(io, flags)),
    ...(flags.planDigest === undefined ? {} : { planDigest: flags.planDigest }),
    ...(flags.dir === undefined ? {} : { directory: await readUpload(flags.dir, io.cwd) }),
  };
}

async function desiredOf(io: Io, { to, devUrl }: StartFlags): Promise<Pick<StartRolloutBody, 'desired'>> {
  if (to !== undefined)
    return { desired: { files: await readDesired(to, io.cwd), ...(devUrl === undefined ? {} : { devUrl }) } };
  if (devUrl === undefined) return {};
  throw new AppError('INPUT_INVALID', '--dev-url belongs to --to, which is not there');
}

function overrideOf({ overrideFreeze, approvedBy }: StartFlags): Pick<StartRolloutBody, 'overrideFreeze'> {
  if (overrideFreeze === true) return { overrideFreeze: approvedBy === undefined ? {} : { approvedBy } };
  if (approvedBy === undefined) return {};
  throw new AppError('INPUT_INVALID', '--approved-by belongs to --override-freeze, which is not there');
}

/** A duration flag in Go's notation, in milliseconds. */
export function durationFlag(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseGoDuration(text);
  if (ms === undefined || ms < 0)
    throw new AppError(
      'INPUT_INVALID',
      `--${name} "${text}" is no duration; expected Go's notation, as in 90s or 1h30m`,
    );
  return ms;
}

/** CI systems hand their trace to what they start in these variables. What is not valid would not fit into a header, or be ignored there. */
function traceHeaders({ env: { TRACEPARENT, TRACESTATE } }: Io): Readonly<Record<string, string>> {
  const trace = parseTraceContext(TRACEPARENT, TRACESTATE);
  if (trace === undefined || TRACEPARENT === undefined) return {};
  return { traceparent: TRACEPARENT.trim(), ...(trace.state === null ? {} : { tracestate: trace.state }) };
}

/** The same key gives the same rollout: a start whose answer was lost may be asked again, so it is, for some seconds. */
async function postStart(
  daemon: DaemonClient,
  body: StartRolloutBody,
  headers: Readonly<Record<string, string>>,
): Promise<RolloutView> {
  const key = headers['idempotency-key'];
  for (let attempt = 1; ; attempt++) {
    try {
      return await daemon.post<RolloutView>('/rollouts', body, headers);
    } catch (error) {
      const worthIt =
        key !== undefined && attempt < 4 && error instanceof AppError && error.code === 'DAEMON_UNREACHABLE';
      if (!worthIt) throw error;
      await sleep(500 * attempt);
    }
  }
}

/** `rollout start`: at once, or with `--wait` when it has ended or waits for a person. */
export async function runStart(daemon: DaemonClient, io: Io, flags: StartFlags): Promise<number> {
  const timeoutMs = durationFlag('timeout', flags.timeout);
  const { idempotencyKey: key } = flags;
  const headers = { ...(key === undefined ? {} : { 'idempotency-key': key }), ...traceHeaders(io) };
  const began = await postStart(daemon, await bodyOf(io, flags), headers);
  if (!flags.wait) {
    if (flags.output === 'json') printJson(io, began);
    else {
      io.stdout(
        `rollout ${began.id} of ${began.project}/${began.env} to ${began.toVersion}: ${began.targets} targets in ${began.groups.length} groups\n`,
      );
      io.stdout(`next  flotilla rollout watch ${began.id}\n`);
    }
    return EXIT.succeeded;
  }
  return waitFor(daemon, io, began.id, timeoutMs, flags.output);
}

/** Waits as `--wait` has it, then prints where the rollout stands; the exit code is that of DESIGN.md section 8. */
export async function waitFor(
  daemon: DaemonClient,
  io: Io,
  id: string,
  timeoutMs: number | undefined,
  format: OutputFormat,
): Promise<number> {
  try {
    return await waitUntilOver(daemon, io, id, timeoutMs, format);
  } catch (error) {
    return leaveRollout(io, id, error);
  }
}

async function waitUntilOver(
  daemon: DaemonClient,
  io: Io,
  id: string,
  timeoutMs: number | undefined,
  format: OutputFormat,
): Promise<number> {
  const options = { stopAt: 'person' as const, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const { view, timedOut } =
    format === 'json'
      ? await followRollout(daemon, id, { stopAt: 'person', timeoutMs, signal: io.signal })
      : await watchRollout(daemon, io, id, options);
  if (view && (format === 'json' || !io.isTTY)) printRollout(io, view, format, Date.now());
  if (timedOut) {
    io.stderr(
      `Error: rollout ${id} is ${view?.state ?? 'not known'} after --timeout; it goes on [WAIT_TIMED_OUT]\nnext  flotilla rollout watch ${id}\n`,
    );
    return EXIT.timedOut;
  }
  return view ? (exitCodeOf(view.state) ?? EXIT.error) : EXIT.error;
}

/** `rollout plan`: what would happen, on how many databases. */
export async function runPlan(daemon: DaemonClient, io: Io, flags: StartFlags): Promise<number> {
  const plan = await daemon.post<PlanView>('/plans', await bodyOf(io, flags));
  if (flags.output === 'json') printJson(io, plan);
  else io.stdout(`${renderPlan(plan, { width: io.columns(), paint: paintOf(io) }).join('\n')}\n`);
  return EXIT.succeeded;
}
