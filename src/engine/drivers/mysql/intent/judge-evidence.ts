import { isDeepStrictEqual } from 'node:util';
import type { Verdict } from '../../../run/intent.ts';
import type { Evidence, StorageSeen } from './evidence.ts';

/**
 * Compares what was seen before the statement with what is seen now. Whoever asks holds the target's lock, so nobody who respects it has
 * changed anything in between. Pure.
 */
export function judgeEvidence(before: Evidence, now: Evidence): Verdict {
  if (before.proof === 'repeatable') return { kind: 'not-landed' };
  if (before.proof === 'none') return { kind: 'open', proof: before.why };
  if (before.proof === 'definition' && now.proof === 'definition') return judgeDefinitions(before.seen, now.seen);
  if (before.proof === 'storage' && now.proof === 'storage') return judgeStorage(before, now);
  return { kind: 'open', proof: now.proof === 'none' ? now.why : 'what was seen before cannot be looked up now' };
}

/** Of several objects some may be done: a server that crashes in the middle of a list drops, or renames, its beginning (MariaDB before 10.6). */
function judgeDefinitions(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Verdict {
  const names = Object.keys(before);
  const changed = names.filter((name) => now[name] !== before[name]);
  if (changed.length === 0) return { kind: 'not-landed' };
  const left = names.filter((name) => now[name] === before[name] && before[name] !== 'absent');
  if (left.length === 0) return { kind: 'landed' };
  return { kind: 'open', proof: `changed: ${changed.join(', ')}; as before: ${left.join(', ')}` };
}

type StorageEvidence = Extract<Evidence, { readonly proof: 'storage' }>;

function judgeStorage(before: StorageEvidence, now: StorageEvidence): Verdict {
  const definitions = (evidence: StorageEvidence) => Object.values(evidence.seen).map((one) => one.definition);
  if (!isDeepStrictEqual(definitions(before), definitions(now))) return { kind: 'landed' };
  const ids = (evidence: StorageEvidence) => Object.values(evidence.seen).map((one) => one.ids);
  if ([...ids(before), ...ids(now)].every((id) => id !== null)) {
    return { kind: isDeepStrictEqual(ids(before), ids(now)) ? 'not-landed' : 'landed' };
  }
  // To empty what is empty does nothing, whether it is the first time or the second.
  if (before.empties && Object.values(now.seen).every(({ isEmpty }) => isEmpty)) return { kind: 'not-landed' };
  return {
    kind: 'open',
    proof: `before it ${describe(before)}, now ${describe(now)}; the ids that would tell need the PROCESS privilege`,
  };
}

const describe = ({ seen }: StorageEvidence): string =>
  Object.entries(seen)
    .map(([name, { isEmpty }]: [string, StorageSeen]) => `${name} ${isEmpty ? 'was empty' : 'held rows'}`)
    .join(', ');
