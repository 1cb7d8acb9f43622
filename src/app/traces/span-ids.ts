import { createHash } from 'node:crypto';
import type { RolloutRow } from '../../store/types.ts';

/*
 * Ids are made of what a span is of, not at random: a process can name the parent of its spans though that ends later, in another process,
 * or after a restart.
 */
const digits = (count: number, parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, count);

/** The trace of a rollout whose caller has none. */
export const traceIdOf = (rolloutId: string): string => digits(32, ['trace', rolloutId]);

/** Each life of a rollout is a span of its own: its creation, and each retry or way back after its end. */
export const rolloutSpanId = ({ id, lives }: Pick<RolloutRow, 'id' | 'lives'>): string =>
  digits(16, ['rollout', id, lives]);

/** A group is gone through once in each direction of a life. */
export const groupSpanId = (
  { id, lives, direction }: Pick<RolloutRow, 'id' | 'lives' | 'direction'>,
  group: string,
): string => digits(16, ['group', id, lives, direction, group]);

/** All tries of a slice are one: a target that an earlier one has brought to its end has the same parent. */
export const sliceSpanId = ({ id }: Pick<RolloutRow, 'id'>, sliceId: string): string =>
  digits(16, ['slice', id, sliceId]);

export const statementSpanId = (targetSpanId: string, version: string, index: number): string =>
  digits(16, ['statement', targetSpanId, version, index]);
