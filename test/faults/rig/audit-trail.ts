/** The audit trail of a rollout, judged by the rig's own reading of the store's file: it shares no code with the store. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

interface EventRow {
  readonly rollout_id: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly reason: string | null;
  readonly data: string;
  readonly hash: string;
}

export interface AuditTrail {
  readonly events: readonly EventRow[];
  /** The number of the first event that is missing, moved or changed (docs/formats.md); undefined where the chain is whole. */
  readonly brokenAt: number | undefined;
}

/** @param stateDir of a daemon whose store is a SQLite file; it may run meanwhile */
export function readAuditTrail(stateDir: string, rolloutId: string): AuditTrail {
  const database = new DatabaseSync(path.join(stateDir, 'flotilla.db'), { readOnly: true, timeout: 5_000 });
  try {
    database.exec('BEGIN');
    const events = database
      .prepare('SELECT * FROM events WHERE rollout_id = ? ORDER BY seq')
      .all(rolloutId) as unknown as EventRow[]; // the columns of docs/formats.md
    const head = database.prepare('SELECT event_seq, event_hash FROM rollouts WHERE id = ?').get(rolloutId);
    let previous = '';
    for (const [i, { hash, ...row }] of events.entries()) {
      if (row.seq !== i + 1 || hash !== hashOf(previous, row)) return { events, brokenAt: i + 1 };
      previous = hash;
    }
    const isWhole = head?.event_seq === events.length && head.event_hash === previous;
    return { events, brokenAt: isWhole ? undefined : events.length };
  } finally {
    database.close();
  }
}

/** SHA-256 of the hash before, and the event as JSON with its keys in order. */
const hashOf = (previous: string, { rollout_id: rollout, ...rest }: Omit<EventRow, 'hash'>): string => {
  const { seq, at, kind, actor, reason, data } = rest;
  return createHash('sha256')
    .update(previous + JSON.stringify({ actor, at, data, kind, reason, rollout, seq }))
    .digest('hex');
};

/** What the entries of slices sum up to, for an outcome: `applied`. */
export const sumOfSlices = ({ events }: AuditTrail, outcome: string): number =>
  events
    .filter(({ kind }) => kind === 'SliceFinished')
    .reduce((sum, { data }) => sum + Number((JSON.parse(data) as Record<string, unknown>)[outcome] ?? 0), 0);
