import type { FreezeOverrideView, GroupView, RolloutView } from '../../shared/wire.ts';
import type { Paint } from './paint.ts';
import { bar, columnsOf, count, cut, fitLine, harmless, type Part, padEnd, padStart, spell } from './terminal-text.ts';

export interface TreeOptions {
  readonly width: number;
  readonly nowMs: number;
  readonly paint: Paint;
  /** Targets finished per second, by group, as the watcher has seen them. */
  readonly rates: ReadonlyMap<string, number>;
}

const DONE_STATES = ['applied', 'unchanged', 'skipped', 'gone', 'joined', 'quarantined', 'reverted'] as const;
const CAUSES_SHOWN = 3;
const HOSTS_SHOWN = 5;

/** Targets of the group that need nothing more. */
export const finishedOf = (group: GroupView): number =>
  DONE_STATES.reduce((sum, state) => sum + (group.counts[state] ?? 0), 0);

/**
 * The live view of a rollout as lines: failing targets first within a group, the cause and the next command always there,
 * as many lines for ten targets as for a hundred thousand.
 */
export function renderRolloutTree(rollout: RolloutView, options: TreeOptions): string[] {
  const { paint, width } = options;
  const began = Date.parse(rollout.startedAt ?? rollout.createdAt);
  const ended = rollout.finishedAt === undefined ? options.nowMs : Date.parse(rollout.finishedAt);
  const head = fitLine(
    [
      { text: `rollout ${rollout.id}`, paint: paint.bold },
      { text: `${rollout.project}/${rollout.env}` },
      { text: `to ${rollout.toVersion}`, keep: 2 },
      { text: `${rollout.state} ${spell(ended - began)}`, paint: (text) => paint.state(rollout.state, text) },
      { text: `${count(rollout.targets)} targets`, keep: 1, paint: paint.dim },
      ...(rollout.joined === undefined ? [] : [{ text: `joined ${count(rollout.joined)}`, keep: 1, paint: paint.dim }]),
    ],
    width,
  );
  const nameWidth = Math.min(
    Math.max(8, Math.floor(width / 5)),
    Math.max(...rollout.groups.map((group) => columnsOf(group.name)), 4),
  );
  const fractionWidth = Math.max(
    ...rollout.groups.map((group) => `${count(finishedOf(group))}/${count(group.size)}`.length),
    3,
  );
  const lines = [
    head,
    ...rollout.groups.flatMap((group) =>
      renderGroup(rollout, group, { name: nameWidth, fraction: fractionWidth }, options),
    ),
  ];
  if (rollout.cause)
    lines.push(...wrap(` cause  ${harmless(rollout.cause)}`, width, '        ').map((line) => paint.warn(line)));
  if (rollout.freezeOverride) lines.push(...wrap(` freeze ${describe(rollout.freezeOverride)}`, width, '        '));
  if (rollout.next) lines.push(...wrap(` next   ${rollout.next}`, width, '        ').map((line) => paint.bold(line)));
  return lines;
}

const describe = ({ requestedBy, approvedBy, reason }: FreezeOverrideView): string =>
  harmless(
    approvedBy === undefined
      ? `override asked for by ${requestedBy}, waits for another person: ${reason}`
      : `overridden by ${requestedBy}, approved by ${approvedBy}: ${reason}`,
  );

function renderGroup(
  rollout: RolloutView,
  group: GroupView,
  columns: { readonly name: number; readonly fraction: number },
  options: TreeOptions,
): string[] {
  const { paint, width } = options;
  const counts = group.counts;
  const finished = finishedOf(group);
  const active = group.state === 'running' || group.state === 'paused' || group.state === 'baking';
  const share = group.size === 0 ? 1 : finished / group.size;
  const rate = options.rates.get(group.name) ?? 0;
  const left = group.size - finished - (counts.failed ?? 0);
  const parts: Part[] = [
    {
      text: `${mark(group, paint.unicode)} ${padEnd(cut(harmless(group.name), columns.name), columns.name)}`,
      paint: (text) => paint.group(group.state, text),
    },
    { text: padStart(`${count(finished)}/${count(group.size)}`, columns.fraction) },
    ...(counts.failed ? [{ text: `failed ${count(counts.failed)}`, paint: paint.bad }] : []),
    ...(counts.deferred ? [{ text: `deferred ${count(counts.deferred)}`, keep: 6, paint: paint.warn }] : []),
    { text: tally(group), keep: active ? 1 : 4 },
    ...(active ? [{ text: `${bar(share, 15)} ${Math.floor(share * 100)}%`, keep: 3 }] : []),
    ...(group.state === 'running' && rate > 0
      ? [{ text: `${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))}/s`, keep: 2 }]
      : []),
    ...(group.state === 'running' && rate > 0 && left > 0
      ? [{ text: `eta ${spell((left / rate) * 1000)}`, keep: 5 }]
      : []),
    { text: note(rollout, group, options.nowMs), keep: 7, paint: paint.dim },
  ];
  const lines = [fitLine(parts, width, ' ')];
  if (!active) return lines.concat(renderCauses(rollout, group, options));
  return lines.concat(renderCauses(rollout, group, options), renderHosts(rollout, group, options));
}

function renderCauses(rollout: RolloutView, group: GroupView, { width, paint }: TreeOptions): string[] {
  const causes = rollout.causes.filter((cause) => cause.group === group.name);
  const budget = group.maxFailures === null ? '' : ` of budget ${count(group.maxFailures)}`;
  const lines = causes
    .slice(0, CAUSES_SHOWN)
    .map((cause) =>
      fitLine(
        [
          { text: `${paint.unicode ? '✖' : 'x'} ${count(cause.count)}${budget}`, paint: paint.bad },
          { text: `${cause.class} ${cause.code}`, keep: 2 },
          { text: harmless(cause.targets.slice(0, 3).join(', ')) + (cause.count > 3 ? ', …' : ''), keep: 1 },
          { text: harmless(cause.message) },
        ],
        width,
        '     ',
      ),
    );
  if (causes.length > CAUSES_SHOWN)
    lines.push(paint.dim(`     and ${count(causes.length - CAUSES_SHOWN)} more causes`));
  return lines;
}

function renderHosts(rollout: RolloutView, group: GroupView, { width, nowMs, paint }: TreeOptions): string[] {
  const byHost = Map.groupBy(
    rollout.inFlight.filter((one) => one.group === group.name),
    (one) => one.host,
  );
  const hosts = [...byHost].sort(([a], [b]) => (a < b ? -1 : 1));
  const hostWidth = Math.min(28, Math.max(0, ...hosts.map(([host]) => columnsOf(host))));
  const lines = hosts.slice(0, HOSTS_SHOWN).map(([host, flights]) => {
    const oldest = flights.reduce((a, b) => (a.sinceMs <= b.sinceMs ? a : b));
    return fitLine(
      [
        { text: padEnd(cut(harmless(host), hostWidth), hostWidth), paint: paint.dim },
        { text: `${flights.length}${group.perHost === null ? '' : `/${group.perHost}`} lanes`, keep: 2 },
        { text: harmless(oldest.target) },
        { text: spell(nowMs - oldest.sinceMs), keep: 3 },
        { text: harmless(oldest.statement ?? ''), keep: 1 },
      ],
      width,
      '     ',
    );
  });
  if (hosts.length > HOSTS_SHOWN) lines.push(paint.dim(`     and ${count(hosts.length - HOSTS_SHOWN)} more hosts`));
  return lines;
}

function mark(group: GroupView, unicode: boolean): string {
  const marks = unicode
    ? { done: '✔', running: '▶', wait: '·', paused: '⏸', baking: '◔', aborted: '✖' }
    : { done: '+', running: '>', wait: '.', paused: '=', baking: '~', aborted: 'x' };
  switch (group.state) {
    case 'done':
      return marks.done;
    case 'running':
      return marks.running;
    case 'paused':
      return marks.paused;
    case 'baking':
      return marks.baking;
    case 'aborted':
      return marks.aborted;
    case 'waiting':
    case 'awaiting_approval':
      return marks.wait;
  }
}

function tally(group: GroupView): string {
  return DONE_STATES.filter((state) => group.counts[state])
    .map((state) => `${state} ${count(group.counts[state] ?? 0)}`)
    .join('  ');
}

/** What the group waits for, or has waited for. */
function note(rollout: RolloutView, group: GroupView, nowMs: number): string {
  if (group.state === 'baking' && group.bakeUntil !== undefined)
    return `bakes ${spell(Date.parse(group.bakeUntil) - nowMs)} more`;
  if (group.state === 'done' && group.bakeMs > 0) return `baked ${spell(group.bakeMs)}`;
  if (group.state === 'awaiting_approval') return 'waits for approval';
  if (group.state !== 'waiting') return '';
  const before = rollout.groups[rollout.groups.indexOf(group) - 1];
  return [before ? `waits for ${harmless(before.name)}` : '', group.approval ? 'then for approval' : '']
    .filter(Boolean)
    .join(', ');
}

/** Breaks at spaces so that nothing of a cause or command is lost on a narrow terminal. */
function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\s)(?=\S)/)) {
    if (columnsOf(line + word.trimEnd()) > width && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += word;
  }
  lines.push(line.trimEnd());
  return lines;
}
