import type { FinishedSpan, SpanSink } from '../../shared/spans.ts';
import { type GroupState, isFinal, type RolloutState, type TargetCounts } from '../../shared/states.ts';
import type { SpanRef } from '../../shared/trace-context.ts';
import type { GroupRow, RolloutRow } from '../../store/types.ts';
import { groupSpanId, rolloutSpanId } from './span-ids.ts';

type Traced = RolloutRow & { readonly trace: NonNullable<RolloutRow['trace']> };

const isTraced = (rollout: RolloutRow): rollout is Traced => rollout.trace !== null;

/** How events name a rollout's own span, or that of one of its groups; empty where it has no trace. */
export function spanOf(
  rollout: Pick<RolloutRow, 'id' | 'lives' | 'direction' | 'trace'>,
  group?: string,
): { readonly span?: SpanRef } {
  if (rollout.trace === null) return {};
  const spanId = group === undefined ? rolloutSpanId(rollout) : groupSpanId(rollout, group);
  return { span: { traceId: rollout.trace.traceId, spanId } };
}

const ENDED: readonly GroupState[] = ['done', 'aborted'];

/** What a span of the rollout has in common with all others of it. */
export const rolloutAttributes = ({ id, project, env, direction }: RolloutRow) => ({
  'flotilla.rollout.id': id,
  'flotilla.project': project,
  'flotilla.env': env,
  'flotilla.direction': direction,
});

/**
 * The spans of a rollout and its groups, made by the write that ends them: the store knows when they began, also where another process wrote
 * that. A process that is killed between that write and the export loses them.
 */
export interface StatusChange {
  readonly before: RolloutRow;
  readonly to: RolloutState;
  readonly cause: string | null;
  /** As they were before, in the state that they have now. */
  readonly groups: readonly { readonly row: GroupRow; readonly to: GroupState }[];
  readonly nowMs: number;
  /** When the rollout began its present life; asked for where a span needs it. */
  readonly beganMs: () => Promise<number>;
  readonly counts: () => Promise<TargetCounts>;
}

/** @throws what the store throws */
export async function traceStatus(sink: SpanSink, change: StatusChange): Promise<void> {
  const { before, to, nowMs } = change;
  if (!isTraced(before)) return;
  const isOver = isFinal(to) && !isFinal(before.state);
  const ended = change.groups.filter(({ row, to }) =>
    ENDED.includes(to) ? !ENDED.includes(row.state) : isOver && row.startedAtMs !== null,
  );
  if (ended.length === 0 && !isOver) return;
  const beganMs = await change.beganMs();
  // A quick group may begin and end between two writes: it began when the one before it was over.
  const lastEndMs = Math.max(beganMs, ...change.groups.map(({ row }) => row.finishedAtMs ?? 0));
  for (const { row, to } of ended) {
    // One that is taken up again began in an earlier life.
    const startMs = Math.max(beganMs, row.startedAtMs ?? lastEndMs);
    sink.end(groupSpan(before, row, to, { startMs, endMs: nowMs }));
  }
  if (isOver) sink.end(rolloutSpan(change, before, beganMs, await change.counts()));
}

function groupSpan(
  rollout: Traced,
  group: GroupRow,
  state: GroupState,
  times: { readonly startMs: number; readonly endMs: number },
): FinishedSpan {
  const { traceId, state: traceState } = rollout.trace;
  return {
    name: 'group',
    kind: 'internal',
    traceId,
    spanId: groupSpanId(rollout, group.name),
    parentSpanId: rolloutSpanId(rollout),
    traceState,
    ...times,
    attributes: {
      ...rolloutAttributes(rollout),
      'flotilla.group': group.name,
      'flotilla.group.size': group.size,
      'flotilla.outcome': state,
    },
    ...(state === 'aborted' ? { error: 'aborted' } : {}),
  };
}

function rolloutSpan(
  { to, cause, nowMs }: StatusChange,
  rollout: Traced,
  beganMs: number,
  counts: TargetCounts,
): FinishedSpan {
  const { traceId, parentSpanId, state: traceState } = rollout.trace;
  const isGood = to === 'succeeded' || to === 'reverted';
  return {
    name: 'rollout',
    kind: 'internal',
    traceId,
    spanId: rolloutSpanId(rollout),
    parentSpanId,
    traceState,
    startMs: beganMs,
    endMs: nowMs,
    attributes: {
      ...rolloutAttributes(rollout),
      'flotilla.version.to': rollout.toVersion,
      'flotilla.outcome': to,
      ...targetAttributes(counts),
    },
    ...(isGood ? {} : { error: cause ?? to }),
  };
}

/** `flotilla.targets.applied` and so on. */
export const targetAttributes = (counts: TargetCounts): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts).map(([state, count]) => [`flotilla.targets.${state}`, count]));

/**
 * When the rollout began its present life: the first that is known of it after its last end, its creation for the first.
 * @param changes of state, oldest first, without the one that ends it
 */
export function lifeBegan(
  { createdAtMs, lives }: Pick<RolloutRow, 'createdAtMs' | 'lives'>,
  changes: readonly { readonly atMs: number; readonly to: RolloutState }[],
  groups: readonly Pick<GroupRow, 'startedAtMs'>[],
): number {
  const lastEnd = lives === 1 ? undefined : changes.findLast(({ to }) => isFinal(to));
  if (lastEnd === undefined) return createdAtMs;
  const signs = [...changes.map(({ atMs }) => atMs), ...groups.map(({ startedAtMs }) => startedAtMs ?? 0)];
  const later = signs.filter((atMs) => atMs > lastEnd.atMs);
  return later.length === 0 ? lastEnd.atMs : Math.min(...later);
}
