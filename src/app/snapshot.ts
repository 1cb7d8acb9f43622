import { createHash } from 'node:crypto';
import { canonicalJson } from '../shared/canonical-json.ts';
import type { RolloutRow, Store } from '../store/types.ts';
import type { DirectorySource } from './open-verified-directory.ts';

/** What a rollout runs, whatever changes on disk meanwhile. */
export interface Snapshot {
  readonly project: Readonly<Record<string, string>>;
  readonly directory: DirectorySource;
}

/** `sha256:` and the hex digest of the value's canonical JSON. */
export const digestOf = (value: unknown): string => digestText(canonicalJson(value));

const digestText = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Stores files and directory under their digests; the digests come back. */
export async function writeSnapshot(
  store: Pick<Store, 'putArtifact'>,
  snapshot: Snapshot,
  nowMs: number,
): Promise<{ readonly projectArtifact: string; readonly directoryArtifact: string }> {
  const put = async (value: unknown): Promise<string> => {
    const text = canonicalJson(value);
    const digest = digestText(text);
    await store.putArtifact(digest, text, nowMs);
    return digest;
  };
  return { projectArtifact: await put(snapshot.project), directoryArtifact: await put(snapshot.directory) };
}

/** Reads a rollout's snapshot, and holds it against its digests. @throws Error where an artifact is missing or damaged */
export async function readSnapshot(
  store: Pick<Store, 'getArtifact'>,
  rollout: Pick<RolloutRow, 'id' | 'projectArtifact' | 'directoryArtifact'>,
): Promise<Snapshot> {
  const read = async (digest: string): Promise<unknown> => {
    const text = await store.getArtifact(digest);
    if (text === undefined) throw new Error(`artifact ${digest} of rollout ${rollout.id} is missing`);
    if (digestText(text) !== digest) throw new Error(`artifact ${digest} of rollout ${rollout.id} is damaged`);
    return JSON.parse(text);
  };
  return {
    project: (await read(rollout.projectArtifact)) as Snapshot['project'], // written by writeSnapshot: the digest says so
    directory: (await read(rollout.directoryArtifact)) as DirectorySource,
  };
}
