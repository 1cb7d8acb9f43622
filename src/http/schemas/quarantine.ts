import { z } from 'zod';
import type { QuarantineBody, QuarantineView, ReleaseBody } from '../../shared/wire.ts';
import { isoTime, pageOf, schemaOf } from './shared.ts';

export const quarantineView: z.ZodType<QuarantineView> = schemaOf<QuarantineView>()('Quarantine', {
  project: z.string(),
  env: z.string(),
  target: z.string(),
  reason: z.string(),
  by: z.string(),
  since: isoTime,
});

export const quarantinePage = pageOf('QuarantinePage', quarantineView);

const reason = z.string().min(1).max(2_000);
const name = z.string().min(1).max(200);
const target = { project: name, env: name, target: z.string().min(1) };

export const quarantineBody = z.strictObject({ ...target, reason }) satisfies z.ZodType<QuarantineBody>;
export const releaseBody = z.strictObject({
  ...target,
  reason: reason.exactOptional(),
}) satisfies z.ZodType<ReleaseBody>;
