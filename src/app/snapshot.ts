import { createHash } from 'node:crypto';
import { canonicalJson } from '../shared/canonical-json.ts';
import type { RolloutRow, Store } from '../store/types.ts';
import type { ChangeSource } from './change/rollout-change.ts';

/** What a rollout runs, whatever changes on disk meanwhile. */
export interface Snapshot {
  readonly project: Readonly<Record<string, string>>;
  readonly change: ChangeSource;
}

/** `sha256:` and the hex digest of the value's canonical JSON. */
export const digestOf = (value: unknown): string => digestText(canonicalJson(value));

const digestText = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Stores files and change under their digests; the digests come back. */
export async function writeSnapshot(
  store: Pick<Store, 'putArtifact'>,
  snapshot: Snapshot,
  nowMs: number,
): Promise<{ readonly projectArtifact: string; readonly changeArtifact: string }> {
  const put = async (value: unknown): Promise<string> => {
    const text = canonicalJson(value);
    const digest = digestText(text);
    await store.putArtifact(digest, text, nowMs);
    return digest;
  };
  return { projectArtifact: await put(snapshot.project), changeArtifact: await put(snapshot.change) };
}

/** Reads a rollout's snapshot, and holds it against its digests. @throws Error where an artifact is missing or damaged */
export async function readSnapshot(
  store: Pick<Store, 'getArtifact'>,
  rollout: Pick<RolloutRow, 'id' | 'projectArtifact' | 'changeArtifact'>,
): Promise<Snapshot> {
  const read = async (digest: string): Promise<unknown> => {
    const text = await store.getArtifact(digest);
    if (text === undefined) throw new Error(`artifact ${digest} of rollout ${rollout.id} is missing`);
    if (digestText(text) !== digest) throw new Error(`artifact ${digest} of rollout ${rollout.id} is damaged`);
    return JSON.parse(text);
  };
  return {
    project: (await read(rollout.projectArtifact)) as Snapshot['project'], // written by writeSnapshot: the digest says so
    change: (await read(rollout.changeArtifact)) as ChangeSource,
  };
}
