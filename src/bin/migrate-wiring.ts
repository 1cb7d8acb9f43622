import type { Io } from '../cli/io.ts';
import type { MigrateDeps } from '../cli/migrate/deps.ts';
import { resolvePath } from '../cli/resolve-path.ts';
import type { Engine } from '../engine/index.ts';
import { faultPointsOf } from './fault-points.ts';
import { systemClock } from './system-clock.ts';

export interface MigrateWiring {
  readonly deps: MigrateDeps;
  /** Ends the connections of the engine, if one was made. */
  close(): Promise<void>;
}

/** What `migrate …` needs, each part loaded when it is first asked for. */
export function migrateWiring(io: Io): MigrateWiring {
  let made: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => {
    made ??= import('../engine/index.ts').then(({ createEngine }) =>
      createEngine({ clock: systemClock, events: { emit: () => {} }, baseDir: io.cwd, reach: faultPointsOf(io.env) }),
    );
    return made;
  };
  const deps: MigrateDeps = {
    io,
    clock: systemClock,
    engine,
    parseUrl: async (text) => (await import('../engine/index.ts')).parseDatabaseUrl(text),
    loadProject: async (request) => {
      const [{ loadProject }, { DEFAULT_LIMITS }] = await Promise.all([
        import('../config/project-folder.ts'),
        import('../engine/index.ts'),
      ]);
      return loadProject(
        { ...request, cwd: io.cwd },
        {
          query: async (url, sql, args) => (await engine()).query(url, sql, args, DEFAULT_LIMITS),
          env: io.env,
          print: (text) => io.stdout(`${text}\n`),
        },
      );
    },
    renderTemplate: async (template, data, functions) => {
      const { renderReport } = await import('../cli/render/render-report.ts');
      return renderReport(io, template, data, functions);
    },
    ask: async (question) => (await import('./ask.ts')).ask(question, io.signal),
    files: {
      read: async (folder) => (await import('../config/directory-files.ts')).readDirectoryFiles(folder),
      readSchema: async (place) => (await import('../config/directory-files.ts')).readSchemaFiles(place),
      readHcl: async (place) => (await import('../config/directory-files.ts')).readHclFiles(place),
      write: async (folder, texts) => (await import('../config/directory-files.ts')).writeDirectoryFiles(folder, texts),
    },
    runProgram: async (program, workingDir) =>
      (await import('../config/run-program.ts')).runProgram(program, resolvePath(io.cwd, workingDir ?? '.'), io.env),
    openEditor: async (file) => (await import('./open-editor.ts')).openEditor(io.env.EDITOR, file),
  };
  return {
    deps,
    close: async () => {
      await (await made)?.close();
    },
  };
}
