import type { Clock } from '../../shared/clock.ts';
import { AppError } from '../../shared/errors.ts';
import { isPartial, orderRevisions } from '../directory/compute-pending.ts';
import type { Directory, MigrationFile } from '../directory/types.ts';
import { onSession, toAppError } from './on-session.ts';
import type { Driver, Session } from './ports.ts';
import { AMBIGUOUS } from './target-error.ts';
import type { Engine, MigrationTarget, Revision, SetReport } from './types.ts';

/** Of a row that `set` made; of one that it resolved. */
const RESOLVED = 4;
/** As `migrate apply` of Atlas; asked for once, not waited for (atlas-config-cli.md 4.9). */
const LOCK = { scope: 'atlas', name: 'atlas_migrate_execute', waitMs: 0 } as const;

type SetOptions = Parameters<Engine['set']>[3];

/** Engine.set: makes the revisions table say that the target stands at a version (atlas-config-cli.md 3.2). @throws AppError */
export async function setVersion(
  clock: Clock,
  driver: Driver,
  target: MigrationTarget,
  [directory, version, options]: readonly [Directory, string | undefined, SetOptions],
): Promise<SetReport> {
  const request = { target, limits: options.limits, sessionName: `flotilla migrate set ${target.id}` };
  return onSession(driver, request, async (session) => {
    const history = await session.lockAndRead(LOCK);
    if (history.kind === 'ambiguous') throw toAppError(AMBIGUOUS, 'TARGET_AMBIGUOUS_REVISIONS');
    const rows = orderRevisions(history.rows);
    const changes = planSet(directory, rows, version, (file) => newRow(clock, file, options));
    if (changes.set.length + changes.removed.length === 0) return changes;
    await session.createRevisions();
    await writeAll(session, changes);
    return changes;
  });
}

async function writeAll(session: Session, { set, removed }: SetReport): Promise<void> {
  await session.begin();
  try {
    await session.remove(removed.map(({ version }) => version));
    await session.write(set);
    await session.commit();
  } catch (error) {
    await session.rollback();
    throw error;
  }
}

const newRow = (clock: Clock, { version, description, hash }: MigrationFile, options: SetOptions): Revision => ({
  version,
  description,
  type: RESOLVED,
  applied: 0,
  total: 0,
  executedAt: new Date(clock.nowMs()),
  executionTime: 0n,
  error: '',
  errorStmt: '',
  hash,
  partialHashes: null,
  operatorVersion: options.operatorVersion,
});

/** Which rows are to be written and removed. Pure. @throws AppError VERSION_NOT_FOUND, INPUT_INVALID */
function planSet(
  directory: Directory,
  rows: readonly Revision[],
  version: string | undefined,
  makeRow: (file: MigrationFile) => Revision,
): SetReport {
  if (version === undefined && rows.length === 0) {
    throw new AppError('INPUT_INVALID', 'accepts 1 arg(s), received 0', {
      next: 'flotilla migrate set VERSION',
    });
  }
  const wanted = version ?? directory.files.at(-1)?.version;
  if (wanted === undefined) return { set: [], removed: rows, current: '' };
  if (directory.files.every((file) => file.version !== wanted)) {
    throw new AppError('VERSION_NOT_FOUND', `migration with version "${wanted}" not found`);
  }
  const known = new Map(rows.map((row) => [row.version, row]));
  const removed = rows.filter((row) => row.version > wanted);
  // Below a baseline or checkpoint nothing is missing: what is older than the first row was never run here.
  const first = rows[0]?.version ?? '';
  const missing = directory.files.filter(
    (file) => file.version <= wanted && file.version >= first && !known.has(file.version),
  );
  const atVersion = known.get(wanted);
  const resolved =
    atVersion !== undefined && (isPartial(atVersion) || atVersion.error !== '')
      ? [{ ...atVersion, type: atVersion.type | RESOLVED, error: '', errorStmt: '' }]
      : [];
  return { set: [...resolved, ...missing.map(makeRow)], removed, current: wanted };
}
