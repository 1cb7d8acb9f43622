import type { Page, QuarantineView } from '../../shared/wire.ts';
import type { Io } from '../io.ts';
import type { DaemonClient } from '../remote/daemon-client.ts';
import { harmless, table } from '../render/terminal-text.ts';
import { type OutputFormat, printJson } from './output.ts';

export interface QuarantineFlags {
  readonly project: string;
  readonly env: string;
  readonly reason?: string;
  readonly output: OutputFormat;
}

/** `targets quarantine` and `targets release`. */
export async function runQuarantine(
  daemon: DaemonClient,
  io: Io,
  verb: 'quarantine' | 'release',
  target: string,
  { output, ...flags }: QuarantineFlags,
): Promise<number> {
  const path = verb === 'quarantine' ? '/quarantine' : '/quarantine/release';
  const view = await daemon.post<QuarantineView>(path, { ...flags, target });
  const what = verb === 'quarantine' ? 'later rollouts leave it out' : 'later rollouts take it along again';
  if (output === 'json') printJson(io, view);
  else io.stdout(`target ${harmless(view.target)} of ${view.project}/${view.env}: ${what}\n`);
  return 0;
}

/** `targets list --quarantined`. */
export async function runQuarantined(
  daemon: DaemonClient,
  io: Io,
  flags: {
    readonly project?: string;
    readonly env?: string;
    readonly cursor?: string;
    readonly limit?: number;
    readonly output: OutputFormat;
  },
): Promise<number> {
  const { project, env, cursor, limit } = flags;
  const page = await daemon.get<Page<QuarantineView>>('/quarantine', { project, env, cursor, limit });
  if (flags.output === 'json') {
    printJson(io, page);
    return 0;
  }
  const rows = page.items.map((one) =>
    [one.target, `${one.project}/${one.env}`, one.since, one.by, one.reason].map(harmless),
  );
  io.stdout(
    rows.length === 0
      ? 'no targets in quarantine\n'
      : `${table(['ID', 'ENV', 'SINCE', 'BY', 'REASON'], rows, io.columns()).join('\n')}\n`,
  );
  if (page.nextCursor !== undefined) io.stdout(`more: add --cursor ${page.nextCursor}\n`);
  return 0;
}
