import { DatabaseSync } from 'node:sqlite';
import type { AppDeps } from '../../src/app/deps.ts';
import {
  computePending,
  type DatabaseUrl,
  type Directory,
  type Engine,
  type MigrationFile,
  parseDatabaseUrl,
  type RevisionMark,
  scanStatements,
} from '../../src/engine/index.ts';
import { NO_DESIRED_STATE } from '../support/no-desired-state.ts';

/**
 * A fake of the engine's port, small but on real SQLite files and with the real scanner and rules of what is pending: each file is one transaction
 * with its revision. The tests here are about the use cases; the engine has tests of its own.
 */
export function sqliteFileEngine(options: {
  readonly delayMs: number;
  readonly onStart?: () => void;
}): AppDeps['engine'] & Pick<Engine, 'inFlight'> {
  return {
    ...NO_DESIRED_STATE,
    surveysTogether: () => false,
    inFlight: () => [],
    async down() {
      throw new Error('no way back is asked for here');
    },
    async survey(targets, directory, { toVersion }) {
      return targets.map(({ url }) => {
        const db = open(url);
        try {
          const { current, files } = pendingOf(db, directory, toVersion);
          return { kind: 'standing', current, pending: files.map(({ name }) => name) };
        } finally {
          db.close();
        }
      });
    },
    async apply({ url }, directory, { toVersion }, callbacks = {}) {
      const db = open(url);
      try {
        const { current, files } = pendingOf(db, directory, toVersion);
        if (files.length === 0) return { kind: 'unchanged', current };
        if ((await callbacks.mayStart?.()) === false) return { kind: 'held' };
        options.onStart?.();
        let at = current;
        for (const file of files) {
          try {
            runFile(db, file);
          } catch (error) {
            const message = error instanceof Error ? error.message : String(error);
            const cause = { class: 'permanent', code: '1', message, fingerprint: message } as const;
            return { kind: 'failed', current: at, files: [], error: cause, text: message };
          }
          at = file.version;
          await new Promise((resolve) => setTimeout(resolve, options.delayMs));
        }
        return { kind: 'applied', from: current, to: at, files: [], attempts: 1 };
      } finally {
        db.close();
      }
    },
  };
}

function open(url: DatabaseUrl): DatabaseSync {
  return new DatabaseSync(url.database);
}

function pendingOf(db: DatabaseSync, directory: Directory, toVersion: string | undefined) {
  db.exec('create table if not exists revisions (version text primary key)');
  const rows = db.prepare('select version from revisions order by version').all();
  const revisions = rows.map((row): RevisionMark => {
    const version = String(row.version);
    return { version, description: '', type: 2, applied: 1, total: 1, partialHashes: null };
  });
  const wanted = toVersion === undefined ? {} : { toVersion };
  const pending = computePending({ directory, revisions, execOrder: 'linear', clean: true, ...wanted });
  if (pending.kind === 'refused') throw new Error(pending.text);
  return pending;
}

function runFile(db: DatabaseSync, file: MigrationFile): void {
  const scanned = scanStatements(file, 'sqlite');
  if ('problem' in scanned) throw new Error(scanned.problem.text);
  db.exec('begin immediate');
  try {
    for (const { text } of scanned.statements) db.exec(text);
    db.prepare('insert into revisions values (?)').run(file.version);
    db.exec('commit');
  } catch (error) {
    db.exec('rollback');
    throw error;
  }
}

/** The URL of a tenant's file, as the engine makes it. */
export const fileUrl = (file: string): DatabaseUrl => parseDatabaseUrl(`sqlite://${file}`);
