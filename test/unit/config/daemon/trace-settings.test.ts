import { expect, it } from 'vitest';
import { readTraceSettings } from '../../../../src/config/daemon/trace-settings.ts';

const ON = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

it('is off without an endpoint, and where it is switched off', () => {
  expect(readTraceSettings({})).toBeUndefined();
  expect(readTraceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' })).toBeUndefined();
  expect(readTraceSettings({ ...ON, OTEL_SDK_DISABLED: 'True' })).toBeUndefined();
  expect(readTraceSettings({ ...ON, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
});

it('has the defaults of the specification, but for the share', () => {
  const defaults = {
    protocol: 'http/protobuf',
    ratio: 0.01,
    maxQueue: 2048,
    maxBatch: 512,
    delayMs: 5_000,
    exportTimeoutMs: 30_000,
  };
  expect(readTraceSettings(ON)).toEqual(defaults);
  expect(readTraceSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/v1/traces' })).toEqual(defaults);
  expect(
    readTraceSettings({
      ...ON,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_BSP_EXPORT_TIMEOUT: '20',
    }),
  ).toEqual({ ...defaults, protocol: 'http/json', maxQueue: 100, maxBatch: 100, delayMs: 10, exportTimeoutMs: 20 });
});

it.each([
  [{ OTEL_TRACES_SAMPLER_ARG: '0.25' }, 0.25],
  [{ OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 1],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 0],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio' }, 1],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 0],
])('takes the share of targets from %j', (env, ratio) => {
  expect(readTraceSettings({ ...ON, ...env })?.ratio).toBe(ratio);
});

it.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:s3cret' + ' x' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'thrift' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
  [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, 'OTEL_TRACES_SAMPLER'],
  [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG'],
  [{ OTEL_BSP_MAX_QUEUE_SIZE: '0' }, 'OTEL_BSP_MAX_QUEUE_SIZE'],
])('refuses %j by its name, without the value', (env, name) => {
  const read = () => readTraceSettings({ ...ON, ...env });
  expect(read).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(`"${name}"`) }),
  );
  expect(read).not.toThrow(/s3cret/);
});
