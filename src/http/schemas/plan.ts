import { z } from 'zod';
import type { PlanStatement, PlanView, ShrinkView } from '../../shared/wire.ts';
import { count, rolloutKind, schemaOf } from './shared.ts';

const planStatement: z.ZodType<PlanStatement> = schemaOf<PlanStatement>()('PlanStatement', {
  file: z.string(),
  sql: z.string(),
  lock: z.string().exactOptional().describe('set where it takes a lock that stops readers or writers'),
});

const shrink: z.ZodType<ShrinkView> = schemaOf<ShrinkView>()('Shrink', {
  lastRollout: z.string(),
  lastTargets: count,
  targets: count,
  limit: z.string().describe('how many may be missing: "10%", or a number'),
  missing: z.array(z.string()).describe('some of them'),
});

export const planView: z.ZodType<PlanView> = schemaOf<PlanView>()('Plan', {
  kind: rolloutKind,
  planDigest: z
    .string()
    .exactOptional()
    .describe('of a declarative one: a start with it is refused where the plans have changed'),
  project: z.string(),
  env: z.string(),
  targets: count,
  states: z.record(z.string(), count),
  toVersion: z.string(),
  groups: z.array(
    z.object({
      name: z.string(),
      size: count,
      targets: z.array(z.string()).exactOptional(),
      notes: z.array(z.string()),
    }),
  ),
  plans: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      count,
      files: z.array(z.string()),
      checks: z.array(z.object({ file: z.string(), count })),
      statements: z.array(planStatement),
    }),
  ),
  refused: z
    .array(z.object({ target: z.string(), class: z.string(), code: z.string(), message: z.string() }))
    .exactOptional(),
  throttles: z
    .array(
      z.object({
        name: z.string(),
        kind: z.string(),
        group: z.string().exactOptional().describe('missing: all groups'),
        holds: z.enum(['host', 'group']).describe('host: that of the server which is asked; group: all it concerns'),
        when: z.string(),
        asked: z.array(z.string()).describe("redacted addresses; none: each target's own server"),
        every: z.string(),
      }),
    )
    .exactOptional(),
  maxPerHour: count
    .exactOptional()
    .describe('no more targets of the env are started in any 60 minutes; missing: no cap'),
  shrink: shrink.exactOptional().describe('far fewer targets than the last rollout had: a start asks'),
  notes: z.array(z.string()),
});
