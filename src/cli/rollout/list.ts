import { AppError } from '../../shared/errors.ts';
import type { EventCheckView, EventView, Page, RolloutView, TargetView } from '../../shared/wire.ts';
import type { Io } from '../io.ts';
import type { DaemonClient } from '../remote/daemon-client.ts';
import { readServerSentEvents } from '../remote/server-sent-events.ts';
import { renderEventLine } from '../render/event-line.ts';
import { finishedOf } from '../render/rollout-tree.ts';
import { count, harmless, spell, table } from '../render/terminal-text.ts';
import { type OutputFormat, printJson } from './output.ts';

export interface ListFlags {
  readonly project?: string;
  readonly env?: string;
  readonly state?: string;
  readonly cursor?: string;
  readonly limit?: number;
  readonly output: OutputFormat;
}

const more = (io: Io, page: Page<unknown>): void => {
  if (page.nextCursor !== undefined) io.stdout(`more: add --cursor ${page.nextCursor}\n`);
};

/** `rollout list`: newest first. */
export async function runList(daemon: DaemonClient, io: Io, flags: ListFlags): Promise<number> {
  const page = await daemon.get<Page<RolloutView>>('/rollouts', {
    project: flags.project,
    env: flags.env,
    state: flags.state,
    cursor: flags.cursor,
    limit: flags.limit,
  });
  if (flags.output === 'json') {
    printJson(io, page);
    return 0;
  }
  if (page.items.length === 0) io.stdout('no rollouts\n');
  else {
    const rows = page.items.map((one) => [
      one.id,
      `${one.project}/${one.env}`,
      one.toVersion,
      one.state,
      `${count(one.groups.reduce((sum, group) => sum + finishedOf(group), 0))}/${count(one.targets)}`,
      String(one.counts.failed ?? 0),
      `${spell(Date.now() - Date.parse(one.createdAt))} ago`,
      harmless(one.cause ?? ''),
    ]);
    io.stdout(
      `${table(['ID', 'ENV', 'TO', 'STATE', 'DONE', 'FAILED', 'STARTED', 'CAUSE'], rows, io.columns()).join('\n')}\n`,
    );
  }
  more(io, page);
  return 0;
}

export interface TargetsFlags {
  readonly rollout: string;
  readonly state?: string;
  readonly group?: string;
  readonly host?: string;
  readonly contains?: string;
  readonly cursor?: string;
  readonly limit?: number;
  readonly output: OutputFormat;
}

/** @throws AppError INPUT_INVALID */
export function requireRollout(id: string | undefined): string {
  if (id !== undefined) return id;
  throw new AppError('INPUT_INVALID', 'targets list needs --rollout <id>, or --quarantined', {
    next: 'flotilla rollout list',
  });
}

/** `targets list`: a page of the targets of a rollout. */
export async function runTargets(daemon: DaemonClient, io: Io, flags: TargetsFlags): Promise<number> {
  const { rollout, output, ...query } = flags;
  const page = await daemon.get<Page<TargetView>>(`/rollouts/${encodeURIComponent(rollout)}/targets`, { ...query });
  if (output === 'json') {
    printJson(io, page);
    return 0;
  }
  const rows = page.items.map((one) =>
    [
      one.id,
      one.group,
      one.host,
      one.state,
      one.version ?? '',
      one.error ? `${one.error.code} ${one.error.message}` : (one.reason ?? ''),
    ].map(harmless),
  );
  io.stdout(
    page.items.length === 0
      ? 'no targets\n'
      : `${table(['ID', 'GROUP', 'HOST', 'STATE', 'VERSION', 'WHY'], rows, io.columns()).join('\n')}\n`,
  );
  more(io, page);
  return 0;
}

/** `targets show`: everything that is known of one target. */
export async function runTarget(
  daemon: DaemonClient,
  io: Io,
  rollout: string,
  id: string,
  format: OutputFormat,
): Promise<number> {
  const target = await daemon.get<TargetView>(
    `/rollouts/${encodeURIComponent(rollout)}/targets/${encodeURIComponent(id)}`,
  );
  if (format === 'json') {
    printJson(io, target);
    return 0;
  }
  const { error, labels } = target;
  const facts: (readonly [string, string | undefined])[] = [
    ['target', target.id],
    ['state', target.state],
    ['group', target.group],
    ['host', target.host],
    ['url', target.url],
    ['version', target.version ?? 'not known'],
    ['attempts', String(target.attempts)],
    ['from', target.from ?? undefined],
    ['took', target.durationMs === undefined ? undefined : `${target.durationMs.toFixed(1)} ms`],
    [
      'labels',
      Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ') || undefined,
    ],
    ['reason', target.reason],
    ['error', error && `${error.class} ${error.code}  ${error.message}`],
    ['statement', error?.statement],
    ['blocker', error?.blocker],
  ];
  for (const [name, value] of facts) if (value !== undefined) io.stdout(`${name.padEnd(10)} ${harmless(value)}\n`);
  return 0;
}

export interface EventsFlags {
  readonly after?: number;
  readonly follow?: boolean;
  readonly verify?: boolean;
  readonly output: OutputFormat;
}

/** `rollout events`: the audit trail; with `--follow` until interrupted. */
export async function runEvents(daemon: DaemonClient, io: Io, id: string, flags: EventsFlags): Promise<number> {
  if (flags.verify) return verifyEvents(daemon, io, id, flags.output);
  const show = (event: EventView): void =>
    io.stdout(`${flags.output === 'json' ? JSON.stringify(event) : renderEventLine(event)}\n`);
  const path = `/rollouts/${encodeURIComponent(id)}/events`;
  let after = flags.after ?? 0;
  if (!flags.follow) {
    for (;;) {
      const { items } = await daemon.get<{ readonly items: readonly EventView[] }>(path, { after, limit: 500 });
      items.forEach(show);
      if (items.length === 0) return 0;
      after = items.at(-1)?.seq ?? after;
    }
  }
  try {
    const response = await daemon.stream(
      path,
      { accept: 'text/event-stream', 'last-event-id': String(after) },
      io.signal,
    );
    if (response.body)
      for await (const message of readServerSentEvents(response.body)) {
        const event = JSON.parse(message.data) as EventView;
        show(event);
        after = event.seq;
      }
    return 0;
  } catch (error) {
    // An interrupt is how it is meant to end.
    if (io.signal.aborted) return 0;
    if (error instanceof AppError) throw error;
    throw new AppError('DAEMON_UNREACHABLE', `the daemon at "${daemon.address}" went away`, {
      next: `flotilla rollout events ${id} --follow --after ${after}`,
      cause: error,
    });
  }
}

/** @throws AppError AUDIT_BROKEN, with text as the output */
async function verifyEvents(daemon: DaemonClient, io: Io, id: string, format: OutputFormat): Promise<number> {
  const found = await daemon.get<EventCheckView>(`/rollouts/${encodeURIComponent(id)}/events/check`);
  const { rollout, events, head, intact, firstBroken } = found;
  if (format === 'json') {
    printJson(io, found);
    return intact ? 0 : 1;
  }
  if (!intact) {
    throw new AppError(
      'AUDIT_BROKEN',
      `event ${firstBroken} of rollout "${rollout}" is not as it was written, or is missing`,
      {
        next: 'compare the store with a backup from before; flotilla rollout events -o json has the hash of each event',
      },
    );
  }
  io.stdout(
    `the audit trail of rollout ${rollout} is as it was written: ${events} events, the newest has the hash ${head}\n`,
  );
  return 0;
}
