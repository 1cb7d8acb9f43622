/** Where a rollout stands in its caller's trace, as W3C Trace Context has it (w3.org/TR/trace-context). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 hexadecimal digits; null: the trace begins with the rollout. */
  readonly parentSpanId: string | null;
  /** Whether the caller records its own part of the trace. */
  readonly sampled: boolean;
  /** The caller's `tracestate`, handed on as it is. */
  readonly state: string | null;
}

/** A span, as log lines name it; without `spanId` only the trace is known. */
export interface SpanRef {
  readonly traceId: string;
  readonly spanId?: string;
}

/** Of version 00 nothing may follow the flags; later versions may add fields (section 2.2.1, "version"). */
const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/;
const SAMPLED = 0x01;
/** What a vendor has to hand on at least (section 3.3.1.5); longer ones are dropped whole. */
const MAX_STATE = 512;
const PRINTABLE = /^[\x20-\x7e]+$/;

const isZero = (digits: string): boolean => /^0+$/.test(digits);

/** Reads the two headers, or the variables `TRACEPARENT` and `TRACESTATE`. undefined: none, or not valid, which counts as none (section 4.3). */
export function parseTraceContext(
  traceparent: string | undefined,
  tracestate: string | undefined,
): TraceContext | undefined {
  const {
    version = '',
    trace = '',
    span = '',
    flags = '',
    more,
  } = TRACEPARENT.exec(traceparent?.trim() ?? '')?.groups ?? {};
  if (trace === '' || isZero(trace) || isZero(span) || version === 'ff') return undefined;
  if (version === '00' && more !== undefined) return undefined;
  const state = tracestate?.trim() ?? '';
  return {
    traceId: trace,
    parentSpanId: span,
    sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0,
    state: PRINTABLE.test(state) && state.length <= MAX_STATE ? state : null,
  };
}

/** The `traceparent` of a span that is recorded. */
export const printTraceparent = ({ traceId, spanId }: Required<SpanRef>): string => `00-${traceId}-${spanId}-01`;
