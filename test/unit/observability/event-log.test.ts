import { expect, it } from 'vitest';
import { createEventLog } from '../../../src/observability/event-log.ts';

it('names trace and span of what happened as OpenTelemetry has it for logs, as far as they are known', () => {
  const lines: unknown[] = [];
  const log = createEventLog((level, message, fields) => lines.push({ level, message, ...fields }));
  const change = { rolloutId: 'r1', group: 'canary', from: 'running', to: 'done' } as const;
  log({ kind: 'GroupStateChanged', ...change, span: { traceId: 't', spanId: 's' } });
  log({ kind: 'GroupStateChanged', ...change, span: { traceId: 't' } });
  log({ kind: 'GroupStateChanged', ...change });
  log({ kind: 'DaemonNotice', level: 'info', message: 'hello', detail: { n: 1 } });
  const line = { level: 'info', message: 'group running -> done', event: 'GroupStateChanged', ...change };
  expect(lines).toEqual([
    { ...line, trace_id: 't', span_id: 's' },
    { ...line, trace_id: 't' },
    line,
    { level: 'info', message: 'hello', event: 'DaemonNotice', n: 1 },
  ]);
});
