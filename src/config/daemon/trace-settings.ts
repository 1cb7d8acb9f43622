import { AppError } from '../../shared/errors.ts';
import type { Environment } from './settings.ts';

const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export type TraceProtocol = (typeof PROTOCOLS)[number];

/** What `OTEL_*` say of traces. Endpoint, headers, certificates and resource attributes are read by the OpenTelemetry SDK itself. */
export interface TraceSettings {
  readonly protocol: TraceProtocol;
  /** The share of plain targets whose spans are kept, in [0, 1]. */
  readonly ratio: number;
  /** Spans that may wait; more are dropped. */
  readonly maxQueue: number;
  readonly maxBatch: number;
  readonly delayMs: number;
  readonly exportTimeoutMs: number;
}

/** Errors and canaries are kept in any case: of a large fleet a hundredth of the rest shows what is usual. */
const DEFAULT_RATIO = 0.01;

/**
 * Names and defaults are those of the OpenTelemetry specification (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables),
 * but for the share that is kept where no sampler is named. An empty variable counts as missing.
 * @returns undefined: no traces are wanted
 * @throws AppError CONFIG_INVALID
 */
export function readTraceSettings(env: Environment): TraceSettings | undefined {
  const get = (name: string): string | undefined => env[name]?.trim() || undefined;
  const [name, endpoint] = first(get, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === undefined || get('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  const exporter = get('OTEL_TRACES_EXPORTER') ?? 'otlp';
  if (exporter === 'none') return undefined;
  if (exporter !== 'otlp') throw invalid('OTEL_TRACES_EXPORTER', 'expected "otlp" or "none"');
  const protocol = readProtocol(get);
  // The value may hold a password: it is not shown.
  if (!isEndpoint(endpoint, protocol)) throw invalid(name, 'expected a URL like "http://127.0.0.1:4318"');
  const number = (variable: string, preset: number): number => wholeNumber(variable, get(variable), preset);
  const maxQueue = number('OTEL_BSP_MAX_QUEUE_SIZE', 2048);
  return {
    protocol,
    ratio: readRatio(get),
    maxQueue,
    maxBatch: Math.min(maxQueue, number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
    delayMs: number('OTEL_BSP_SCHEDULE_DELAY', 5_000),
    exportTimeoutMs: number('OTEL_BSP_EXPORT_TIMEOUT', 30_000),
  };
}

type Get = (name: string) => string | undefined;

/** The first that is set. */
const first = (get: Get, own: string, common: string): readonly [name: string, value: string | undefined] =>
  get(own) === undefined ? [common, get(common)] : [own, get(own)];

/** Of gRPC also without a scheme, as the specification has it. */
const isEndpoint = (text: string, protocol: TraceProtocol): boolean =>
  (/^https?:\/\//.test(text) && URL.canParse(text)) || (protocol === 'grpc' && /^[\w.-]+:\d+$/.test(text));

function readProtocol(get: Get): TraceProtocol {
  const [name, given = 'http/protobuf'] = first(
    get,
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
  );
  const protocol = PROTOCOLS.find((one) => one === given);
  if (protocol === undefined) throw invalid(name, `expected one of ${PROTOCOLS.map((one) => `"${one}"`).join(', ')}`);
  return protocol;
}

/**
 * A rollout is one trace, however many targets it has, so the share is one of targets. Each sampler is parent-based: a caller whose trace is
 * not recorded gets no plain targets.
 */
function readRatio(get: Get): number {
  const sampler = get('OTEL_TRACES_SAMPLER')?.replace(/^parentbased_/, '');
  const given = get('OTEL_TRACES_SAMPLER_ARG');
  switch (sampler) {
    case 'always_on':
      return 1;
    case 'always_off':
      return 0;
    case 'traceidratio':
      return share(given, 1);
    case undefined:
      return share(given, DEFAULT_RATIO);
    default:
      throw invalid(
        'OTEL_TRACES_SAMPLER',
        'expected "always_on", "always_off" or "traceidratio", or one of them behind "parentbased_"',
      );
  }
}

function share(given: string | undefined, preset: number): number {
  if (given === undefined) return preset;
  const value = Number(given);
  if (value >= 0 && value <= 1) return value;
  throw invalid('OTEL_TRACES_SAMPLER_ARG', 'expected a share from 0 to 1, as 0.01');
}

function wholeNumber(name: string, given: string | undefined, preset: number): number {
  if (given === undefined) return preset;
  if (/^\d+$/.test(given) && Number(given) > 0) return Number(given);
  throw invalid(name, 'expected a whole number, 1 or more');
}

const invalid = (name: string, expected: string): AppError =>
  new AppError('CONFIG_INVALID', `"${name}": ${expected}`, { next: 'see docs/traces.md' });
