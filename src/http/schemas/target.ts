import { z } from 'zod';
import type { TargetError } from '../../shared/states.ts';
import type { EventCheckView, EventView, TargetView } from '../../shared/wire.ts';
import { count, isoTime, optionalText, pageOf, schemaOf, targetState } from './shared.ts';

const targetError: z.ZodType<TargetError> = schemaOf<TargetError>()('TargetError', {
  class: z.enum(['transient', 'lock', 'permanent', 'unknown']),
  code: z.string().describe('SQLSTATE, errno, or one of our codes'),
  message: z.string(),
  fingerprint: z.string(),
  statement: optionalText,
  blocker: optionalText,
});

export const targetView: z.ZodType<TargetView> = schemaOf<TargetView>()('Target', {
  id: z.string(),
  group: z.string(),
  host: z.string(),
  state: targetState,
  version: z.string().nullable(),
  from: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  url: z.string().describe('without user and password'),
  attempts: count,
  durationMs: z.number().exactOptional(),
  error: targetError.exactOptional(),
  reason: optionalText,
});

export const targetPage = pageOf('TargetPage', targetView);

const eventView: z.ZodType<EventView> = schemaOf<EventView>()('Event', {
  seq: count,
  at: isoTime,
  rollout: z.string(),
  kind: z.string(),
  actor: z.string(),
  reason: optionalText,
  data: z.record(z.string(), z.unknown()),
  hash: z.string(),
});

export const eventCheck: z.ZodType<EventCheckView> = schemaOf<EventCheckView>()('EventCheck', {
  rollout: z.string(),
  events: count,
  head: z.string(),
  intact: z.boolean(),
  firstBroken: count.exactOptional(),
});

export const eventPage = pageOf('EventPage', eventView);
