import { randomBytes } from 'node:crypto';
import { stableHash } from '../../rollout/stable-hash.ts';
import type { Clock } from '../../shared/clock.ts';
import type { FinishedSpan, SpanSink } from '../../shared/spans.ts';
import { JOINED_GROUP } from '../../shared/states.ts';
import type { SpanRef, TraceContext } from '../../shared/trace-context.ts';
import type { RolloutRow, Store, TargetResult } from '../../store/types.ts';
import { isCanaryGroup } from '../canary-group.ts';
import type { SliceEnd, SliceInput, SliceTarget } from '../run-slice.ts';
import { databaseAttributes, serverAttributes } from './database-attributes.ts';
import { groupSpanId, sliceSpanId } from './span-ids.ts';
import { errorAttributes, TargetTrace, type TargetTry } from './target-trace.ts';
import { rolloutAttributes, targetAttributes } from './trace-rollout.ts';

/** How many there are of `stableHash`. */
const HASHES = 2 ** 53;

const newSpanId = (): string => randomBytes(8).toString('hex');

interface Frame {
  readonly input: SliceInput;
  readonly rollout: RolloutRow;
  readonly trace: TraceContext;
  readonly isCanary: boolean;
  /** This slice was tried before. */
  readonly again: boolean;
}

/** The spans of one try of a slice: its own, which is an activity's, and those of its targets. */
export class SliceTrace {
  readonly #sink: SpanSink;
  readonly #clock: Clock;
  readonly #frame: Frame;
  readonly #spanId: string;
  readonly #startMs: number;
  /** Of targets whose last try here has spans, until they are settled. */
  readonly #ended = new Map<string, string>();

  constructor(sink: SpanSink, clock: Clock, frame: Frame) {
    this.#sink = sink;
    this.#clock = clock;
    this.#frame = frame;
    this.#spanId = sliceSpanId(frame.rollout, frame.input.sliceId);
    this.#startMs = clock.nowMs();
  }

  /** A try of a target begins, with a place on its host. */
  begin({ claimed, resolved }: SliceTarget): TargetTrace {
    const database = databaseAttributes(resolved.url);
    const frame = {
      ...this.#common(newSpanId(), this.#spanId),
      isSampled: this.#frame.isCanary || this.#isChosen(claimed.id),
      database,
      attributes: { ...this.#targetAttributes(claimed.id), ...database, 'flotilla.attempt': claimed.attempts + 1 },
    };
    return new TargetTrace(frame, this.#clock.nowMs());
  }

  /** It ended; what it ended with may still be held against the project. */
  end(target: string, trace: TargetTrace, how: TargetTry): void {
    const spans = trace.finish(how, this.#clock.nowMs());
    for (const span of spans) this.#sink.end(span);
    if (spans.length > 0) this.#ended.set(target, trace.frame.spanId);
  }

  /** The outcome of a target is known: gives what its log line names. A failure that was found without a try gets a span here. */
  settle({ id, state, error }: TargetResult): SpanRef {
    const { traceId } = this.#frame.trace;
    const spanId = this.#ended.get(id);
    this.#ended.delete(id);
    if (spanId !== undefined) return { traceId, spanId };
    if (error === undefined) return { traceId, spanId: this.#spanId };
    const nowMs = this.#clock.nowMs();
    const span: FinishedSpan = {
      name: 'target',
      kind: 'internal',
      ...this.#common(newSpanId(), this.#spanId),
      startMs: nowMs,
      endMs: nowMs,
      attributes: { ...this.#targetAttributes(id), 'flotilla.outcome': state, ...errorAttributes(error) },
      error: error.message,
    };
    this.#sink.end(span);
    return { traceId, spanId: span.spanId };
  }

  /** The slice is over. @param error what this try was broken off with: there will be another one, and this is a span beside the slice's own */
  finish(end: SliceEnd | undefined, error?: unknown): SpanRef {
    const { input, rollout, again } = this.#frame;
    const spanId = error === undefined ? this.#spanId : newSpanId();
    const common = this.#common(spanId, groupSpanId(rollout, input.group));
    this.#sink.end({
      name: 'slice',
      kind: 'internal',
      ...common,
      startMs: this.#startMs,
      endMs: this.#clock.nowMs(),
      attributes: {
        ...rolloutAttributes(rollout),
        'flotilla.group': input.group,
        'flotilla.slice.id': input.sliceId,
        'flotilla.pass': input.pass,
        'flotilla.slice.again': again,
        ...serverAttributes(input.host),
        ...(end === undefined ? {} : { ...targetAttributes(end.counts), 'flotilla.targets.claimed': end.claimed }),
      },
      ...(error === undefined ? {} : { error: error instanceof Error ? error.message : 'broken off' }),
    });
    return { traceId: common.traceId, spanId };
  }

  #common(spanId: string, parentSpanId: string) {
    const { traceId, state: traceState } = this.#frame.trace;
    return { traceId, spanId, parentSpanId, traceState };
  }

  #targetAttributes(id: string): FinishedSpan['attributes'] {
    const { rollout, input } = this.#frame;
    return { ...rolloutAttributes(rollout), 'flotilla.group': input.group, 'flotilla.target': id };
  }

  /** All targets of a rollout are one trace, so the share is one of targets. A caller that keeps no trace of its own wants none of the plain ones. */
  #isChosen(target: string): boolean {
    const { trace, rollout } = this.#frame;
    return trace.sampled && stableHash(`${rollout.id} ${target}`) < this.#sink.ratio * HASHES;
  }
}

/** undefined where no traces are kept, of the process or of the rollout: then nothing is asked or made for them. */
export async function traceSlice(
  deps: { readonly store: Pick<Store, 'groups'>; readonly clock: Clock; readonly traces?: SpanSink | undefined },
  input: SliceInput,
  rollout: RolloutRow,
  again: boolean,
): Promise<SliceTrace | undefined> {
  const { traces, clock } = deps;
  const { trace } = rollout;
  if (traces === undefined || trace === null) return undefined;
  const groups = (await deps.store.groups(rollout.id)).filter(({ name }) => name !== JOINED_GROUP);
  const group = groups.find(({ name }) => name === input.group);
  const isCanary = group !== undefined && isCanaryGroup(group, groups.length);
  return new SliceTrace(traces, clock, { input, rollout, trace, isCanary, again });
}
