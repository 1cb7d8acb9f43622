import type { Insertable } from 'kysely';
import type { TargetsTable } from './tables.ts';
import type { FrozenTarget } from './types.ts';

/** A target that has not been tried yet. @param seq its position in the whole rollout */
export const newTargetRow = (rolloutId: string, seq: number, target: FrozenTarget): Insertable<TargetsTable> => ({
  rollout_id: rolloutId,
  seq,
  id: target.id,
  group_name: target.group,
  host: target.host,
  dialect: target.dialect,
  url: target.redactedUrl,
  labels: JSON.stringify(target.labels),
  state: target.quarantined === undefined ? 'pending' : 'quarantined',
  reason: target.quarantined ?? null,
  version: target.version ?? null,
  pass: 0,
  attempts: 0,
});
