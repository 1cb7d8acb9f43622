import { z } from 'zod';
import type { PlanStatement, PlanView } from '../../shared/wire.ts';
import { count, schemaOf } from './shared.ts';

const planStatement: z.ZodType<PlanStatement> = schemaOf<PlanStatement>()('PlanStatement', {
  file: z.string(),
  sql: z.string(),
  lock: z.string().exactOptional().describe('set where it takes a lock that stops readers or writers'),
});

export const planView: z.ZodType<PlanView> = schemaOf<PlanView>()('Plan', {
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
      statements: z.array(planStatement),
    }),
  ),
  refused: z
    .array(z.object({ target: z.string(), class: z.string(), code: z.string(), message: z.string() }))
    .exactOptional(),
  notes: z.array(z.string()),
});
