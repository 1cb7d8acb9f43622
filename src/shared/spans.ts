/** A span that is over. What it holds may be sent to whoever collects traces: no secret, no text of a statement. */
export interface FinishedSpan {
  readonly name: string;
  /** `client`: a question to a database server. */
  readonly kind: 'internal' | 'client';
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly traceState: string | null;
  /** In milliseconds since the epoch, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Why it failed; missing: it did not. */
  readonly error?: string;
}

/** Where finished spans go. Must not throw and must not block: what is too much is dropped, and counted. */
export interface SpanSink {
  /** The share of targets whose spans are kept though they are no canaries and do not fail, in [0, 1]. */
  readonly ratio: number;
  end(span: FinishedSpan): void;
}
