import fastify from 'fastify';
import protobuf from 'protobufjs';

/** A span as the collector got it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** '' where it is not an error. */
  readonly error: string;
  readonly resource: Readonly<Record<string, string | number | boolean>>;
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** Headers and content type of the latest request. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What each request is answered with, from now on. Undefined: none is answered before `stop`. */
  answer: number | undefined;
  stop(): Promise<void>;
}

/** The part of opentelemetry-proto's trace.proto that is looked at (github.com/open-telemetry/opentelemetry-proto, 1.x). */
const PROTO = `
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
}
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`;
const Request = protobuf.parse(PROTO).root.lookupType('Request');

interface Value {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
}
interface KeyValue {
  readonly key: string;
  readonly value: Value;
}
/** The JSON form of OTLP; the binary one is brought into it. */
interface Body {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans?: readonly {
      readonly spans?: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly traceState?: string;
        readonly name: string;
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes?: readonly KeyValue[];
        readonly status?: { readonly code?: number; readonly message?: string };
      }[];
    }[];
  }[];
}

const ERROR = 2;

/** A collector that keeps what it gets: OTLP over HTTP, in both of its forms. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const state: { answer: number | undefined; headers: OtlpReceiver['headers'] } = { answer: 200, headers: {} };
  const stopping = Promise.withResolvers<void>();
  const server = fastify({ bodyLimit: 64 * 1024 * 1024, forceCloseConnections: true });
  server.addContentTypeParser('application/x-protobuf', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, decodeOtlp(Buffer.from(body))),
  );
  server.post<{ Body: Body }>('/v1/traces', async (request, reply) => {
    state.headers = request.headers;
    const { answer } = state;
    if (answer === undefined) await stopping.promise;
    if (answer === 200) spans.push(...spansOf(request.body));
    return reply.status(answer ?? 503).send();
  });
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    endpoint,
    spans,
    get headers() {
      return state.headers;
    },
    get answer() {
      return state.answer;
    },
    set answer(answer) {
      state.answer = answer;
    },
    async stop() {
      stopping.resolve();
      await server.close();
    },
  };
}

/** A message of the binary form, as JSON has it. */
export function decodeOtlp(bytes: Uint8Array): Body {
  const object = Request.toObject(Request.decode(bytes), { longs: String, bytes: String });
  const hex = (key: string, value: unknown): unknown =>
    ['traceId', 'spanId', 'parentSpanId'].includes(key) ? Buffer.from(String(value), 'base64').toString('hex') : value;
  return JSON.parse(JSON.stringify(object, hex)) as Body;
}

export const spansOf = ({ resourceSpans = [] }: Body): readonly ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        traceState: span.traceState ?? '',
        name: span.name,
        kind: span.kind,
        startMs: Number(BigInt(span.startTimeUnixNano) / 1000n) / 1000,
        endMs: Number(BigInt(span.endTimeUnixNano) / 1000n) / 1000,
        attributes: valuesOf(span.attributes),
        error: span.status?.code === ERROR ? (span.status.message ?? 'error') : '',
        resource: valuesOf(resource?.attributes),
      })),
    ),
  );

const valuesOf = (pairs: readonly KeyValue[] = []): ReceivedSpan['attributes'] =>
  Object.fromEntries(
    pairs.map(({ key, value: { stringValue, boolValue, intValue, doubleValue } }) => [
      key,
      stringValue ?? boolValue ?? doubleValue ?? Number(intValue),
    ]),
  );
