import { z } from 'zod';
import type {
  CauseCluster,
  FreezeOverrideView,
  GroupView,
  InFlight,
  RolloutView,
  StartRolloutBody,
} from '../../shared/wire.ts';
import {
  count,
  groupState,
  isoTime,
  optionalText,
  pageOf,
  personName,
  rolloutKind,
  rolloutState,
  schemaOf,
  targetCounts,
} from './shared.ts';

const causeCluster: z.ZodType<CauseCluster> = schemaOf<CauseCluster>()('CauseCluster', {
  fingerprint: z.string(),
  class: z.string(),
  code: z.string(),
  message: z.string(),
  count,
  targets: z.array(z.string()),
  group: z.string(),
});

const inFlight: z.ZodType<InFlight> = schemaOf<InFlight>()('InFlight', {
  target: z.string(),
  host: z.string(),
  group: z.string(),
  statement: optionalText,
  sinceMs: z.number(),
});

const groupView: z.ZodType<GroupView> = schemaOf<GroupView>()('Group', {
  name: z.string(),
  state: groupState,
  size: count,
  counts: targetCounts,
  parallel: count,
  perHost: count.nullable(),
  maxFailures: count.nullable(),
  approval: z.boolean(),
  bakeMs: z.number(),
  bakeUntil: isoTime.exactOptional(),
  startedAt: isoTime.exactOptional(),
  finishedAt: isoTime.exactOptional(),
  dependsOn: z.array(z.string()),
});

const freezeOverride: z.ZodType<FreezeOverrideView> = schemaOf<FreezeOverrideView>()('FreezeOverride', {
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: isoTime,
  approvedBy: z.string().exactOptional().describe('missing: not confirmed yet, the freezes hold'),
  approvedAt: isoTime.exactOptional(),
});

export const rolloutView: z.ZodType<RolloutView> = schemaOf<RolloutView>()('Rollout', {
  id: z.string(),
  kind: rolloutKind,
  project: z.string(),
  env: z.string(),
  state: rolloutState,
  cause: z.string().exactOptional().describe('why it is not running'),
  next: z.string().exactOptional().describe('the command to type next'),
  toVersion: z.string(),
  targets: count,
  joined: count.exactOptional().describe('targets that appeared since it was created; they are among `targets`'),
  counts: targetCounts,
  groups: z.array(groupView),
  causes: z.array(causeCluster),
  inFlight: z.array(inFlight),
  freezeOverride: freezeOverride.exactOptional(),
  liftedThrottles: z.array(z.string()).exactOptional().describe('throttles that an operator has lifted'),
  traceId: z.string().exactOptional().describe('its OpenTelemetry trace; missing: it has none'),
  createdBy: z.string(),
  createdAt: isoTime,
  startedAt: isoTime.exactOptional(),
  finishedAt: isoTime.exactOptional(),
  directoryDigest: z.string().exactOptional().describe('of a versioned one: the first line of atlas.sum'),
  planDigest: z.string().exactOptional().describe('of a declarative one: that of all its plans'),
  targetSetDigest: z.string(),
});

export const rolloutPage = pageOf('RolloutPage', rolloutView);

export const startRolloutBody = z.strictObject({
  project: z.string().min(1).max(200),
  env: z.string().min(1).max(200),
  toVersion: z.string().max(200).exactOptional(),
  vars: z.record(z.string(), z.union([z.string(), z.array(z.string())])).exactOptional(),
  directory: z
    .strictObject({ files: z.record(z.string(), z.string()), format: z.string().exactOptional() })
    .exactOptional()
    .describe('a directory of the caller, with its atlas.sum, in place of the one that the project names'),
  desired: z
    .strictObject({ files: z.record(z.string(), z.string()), devUrl: z.string().exactOptional() })
    .exactOptional()
    .describe(
      'makes it declarative: HCL or SQL files of the desired state, and a dev database in place of that of the env',
    ),
  planDigest: z
    .string()
    .exactOptional()
    .describe('of the plans that were looked at: the start is refused where there would be others'),
  reason: z.string().max(2_000).exactOptional(),
  acceptShrink: z
    .boolean()
    .exactOptional()
    .describe('far fewer targets than the last rollout of the env had are what is meant'),
  overrideFreeze: z
    .strictObject({ approvedBy: personName.exactOptional() })
    .exactOptional()
    .describe('override freezes and allowed times; needs a reason, and a second person who confirms it'),
}) satisfies z.ZodType<StartRolloutBody>;
