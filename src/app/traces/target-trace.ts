import type { ApplyProgress, StatementProgress, TagsOf } from '../../engine/index.ts';
import type { FinishedSpan } from '../../shared/spans.ts';
import type { TargetError } from '../../shared/states.ts';
import { printTraceparent } from '../../shared/trace-context.ts';
import { statementKind } from '../statement-kind.ts';
import { statementSpanId } from './span-ids.ts';

/** Statements of one try of a target that are spans of their own; a file of 100,000 inserts must not fill the memory. The last one always is. */
const MAX_STATEMENTS = 100;

/** What is known of a target before anything of it is run. */
export interface TargetFrame
  extends Pick<FinishedSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'traceState' | 'attributes'> {
  /** Kept however it ends; else only where it fails. */
  readonly isSampled: boolean;
  /** Of the database, for the statements. */
  readonly database: FinishedSpan['attributes'];
}

/** How a try of a target ended. */
export interface TargetTry {
  readonly outcome: string;
  readonly version: string | null;
  readonly error?: TargetError;
}

interface Statement {
  readonly version: string;
  readonly index: number;
  readonly summary: string;
  readonly startMs: number;
  /** undefined: it has not landed. */
  durationMs: number | undefined;
}

/** One try of a target, while it runs: notes its statements, and makes the spans of all of it at its end. */
export class TargetTrace {
  /** Written behind each statement; missing where the spans may never be seen. */
  readonly tagsOf: TagsOf | undefined;
  readonly frame: TargetFrame;
  readonly #startMs: number;
  readonly #statements = new Map<string, Statement>();
  #last: Statement | undefined;
  #dropped = 0;

  constructor(frame: TargetFrame, startMs: number) {
    this.frame = frame;
    this.#startMs = startMs;
    this.tagsOf = frame.isSampled
      ? ({ version }, index) => {
          const spanId = statementSpanId(frame.spanId, version, index);
          return { traceparent: printTraceparent({ traceId: frame.traceId, spanId }) };
        }
      : undefined;
  }

  /** A statement that is tried again, after a lock, is the same span. */
  note(event: ApplyProgress): void {
    if (event.kind === 'StatementStarted') this.#begin(event);
    else if (event.kind === 'StatementFinished' && this.#last?.index === event.index) {
      this.#last.durationMs = event.durationMs;
    }
  }

  #begin({ file, index, statement, at }: Extract<StatementProgress, { readonly kind: 'StatementStarted' }>): void {
    const key = `${file.version} ${index}`;
    const known = this.#statements.get(key);
    this.#last = known ?? {
      version: file.version,
      index,
      summary: statementKind(statement).replace('_', ' ').toUpperCase(),
      startMs: at.getTime(),
      durationMs: undefined,
    };
    this.#last.durationMs = undefined;
    if (known !== undefined) return;
    if (this.#statements.size < MAX_STATEMENTS) this.#statements.set(key, this.#last);
    else this.#dropped += 1;
  }

  /** The spans of the try; none where nobody wants them. */
  finish({ outcome, version, error }: TargetTry, endMs: number): readonly FinishedSpan[] {
    if (!this.frame.isSampled && error === undefined) return [];
    const { traceId, spanId, parentSpanId, traceState, attributes } = this.frame;
    const target: FinishedSpan = {
      name: 'target',
      kind: 'internal',
      traceId,
      spanId,
      parentSpanId,
      traceState,
      startMs: this.#startMs,
      endMs,
      attributes: {
        ...attributes,
        'flotilla.outcome': outcome,
        ...(version === null ? {} : { 'flotilla.version': version }),
        ...(this.#dropped === 0 ? {} : { 'flotilla.statements.dropped': this.#dropped }),
        ...(error === undefined ? {} : errorAttributes(error)),
      },
      ...(error === undefined ? {} : { error: error.message }),
    };
    const statements = new Set(this.#statements.values());
    // What failed is what was begun last.
    if (this.#last !== undefined && (this.#dropped === 0 || error !== undefined)) statements.add(this.#last);
    return [target, ...Array.from(statements, (one) => this.#statementSpan(one, endMs, error))];
  }

  #statementSpan(statement: Statement, endMs: number, error: TargetError | undefined): FinishedSpan {
    const { traceId, spanId, traceState, database } = this.frame;
    const { version, index, summary, startMs, durationMs } = statement;
    const failure = statement === this.#last && durationMs === undefined ? error : undefined;
    return {
      name: summary,
      kind: 'client',
      traceId,
      spanId: statementSpanId(spanId, version, index),
      parentSpanId: spanId,
      traceState,
      startMs,
      endMs: durationMs === undefined ? endMs : startMs + durationMs,
      attributes: {
        ...database,
        'db.query.summary': summary,
        'flotilla.file.version': version,
        'flotilla.statement.index': index,
        ...(failure === undefined ? {} : errorAttributes(failure)),
      },
      ...(failure === undefined ? {} : { error: failure.message }),
    };
  }
}

/** opentelemetry.io/docs/specs/semconv/database/database-spans: the server's code, and what the span is counted by. */
export const errorAttributes = ({ class: kind, code }: TargetError): FinishedSpan['attributes'] => ({
  'error.type': code === '' ? kind : code,
  'flotilla.error.class': kind,
  ...(code === '' ? {} : { 'db.response.status_code': code }),
});
