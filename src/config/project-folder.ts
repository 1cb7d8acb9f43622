/** Project files, programs and secrets of a real machine: the ports of config/project. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { parseDatabaseUrl } from '../engine/index.ts';
import { parseConfigFlag } from './project/config-flag.ts';
import { evaluateProject } from './project/evaluate-project.ts';
import { localizeUrl } from './project/localize-url.ts';
import { snapshotFiles } from './project/snapshot-files.ts';
import { runProgram } from './run-program.ts';
import type { DataSourcePorts, ProjectFiles, ProjectResult } from './types.ts';

/** Folders that no `fileset` of a project means. */
const SKIPPED = new Set(['.git', 'node_modules']);
/** The files below a folder. */
function folderFiles(folder: string): ProjectFiles {
  return {
    read: (name) => fs.readFile(path.resolve(folder, name), 'utf8'),
    list: async () => (await listFiles(folder, '')).toSorted(),
  };
}

/** Follows links to files, not those to folders: a circle would never end. */
async function listFiles(folder: string, prefix: string): Promise<readonly string[]> {
  const entries = await fs.readdir(path.join(folder, prefix), { withFileTypes: true });
  const names = await Promise.all(
    entries.map(async (entry) => {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : listFiles(folder, `${name}/`);
      return entry.isFile() || (await isFile(path.join(folder, name))) ? [name] : [];
    }),
  );
  return names.flat();
}

const isFile = async (name: string): Promise<boolean> =>
  (await fs.stat(name).catch(() => undefined))?.isFile() ?? false;

export interface ProjectMachine {
  readonly query: DataSourcePorts['query'];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print?: (text: string) => void;
}

/** Ports whose relative paths and programs are meant from `workingDirectory`. */
function machinePorts(machine: ProjectMachine, workingDirectory: string): DataSourcePorts {
  return {
    query: machine.query,
    runProgram: (program, workingDir) =>
      runProgram(program, path.resolve(workingDirectory, workingDir ?? '.'), machine.env),
    readSecretFile: (name) => fs.readFile(path.resolve(workingDirectory, name), 'utf8'),
  };
}

export interface LoadProjectRequest {
  /** As given with `-c`; undefined: atlas.hcl. */
  readonly config: string | undefined;
  readonly env: string;
  readonly vars: Readonly<Record<string, string | readonly string[]>>;
  /** Absolute. `-c`, and all paths but those of `file()`, `fileset()` and `glob()`, are relative to it. */
  readonly cwd: string;
  /** Whether two targets of one id are refused: yes where they are told apart by it (a rollout, a deployment). Default: false. */
  readonly checkTargets?: boolean;
}

/**
 * Evaluates an env for a command on this machine.
 * @throws AppError CONFIG_INVALID for a wrong `-c`
 */
export async function loadProject(request: LoadProjectRequest, machine: ProjectMachine): Promise<ProjectResult> {
  const paths = parseConfigFlag(request.config);
  const folder = path.dirname(path.resolve(request.cwd, paths[0] ?? '.'));
  // Messages name the files as they were given.
  const shown = new Map(paths.map((name) => [name, path.resolve(request.cwd, name)]));
  const files = folderFiles(folder);
  return evaluateProject({
    files: { ...files, read: (name) => files.read(shown.get(name) ?? name) },
    config: paths,
    env: request.env,
    vars: request.vars,
    ports: machinePorts(machine, request.cwd),
    getenv: (name) => machine.env[name],
    ...(machine.print === undefined ? {} : { print: machine.print }),
    toProjectPath: (name) => path.relative(folder, path.resolve(request.cwd, name)).split(path.sep).join('/'),
    checkTargets: request.checkTargets ?? false,
  });
}

export interface EvaluateFolderRequest {
  /** The project's folder, absolute: all relative paths are meant from it, those of SQLite files too. */
  readonly folder: string;
  /** The project file, relative to the folder. */
  readonly config: string;
  readonly env: string;
  readonly vars: Readonly<Record<string, string | readonly string[]>>;
  /** A snapshot to read instead of the folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Evaluates an env of a project that the daemon serves: from its folder, or from a snapshot of it. */
export function evaluateProjectFolder(request: EvaluateFolderRequest, machine: ProjectMachine): Promise<ProjectResult> {
  const { folder, files } = request;
  return evaluateProject({
    files: files === undefined ? folderFiles(folder) : snapshotFiles(files),
    config: [request.config],
    env: request.env,
    vars: request.vars,
    ports: machinePorts(machine, folder),
    getenv: (name) => machine.env[name],
    ...(machine.print === undefined ? {} : { print: machine.print }),
    parseUrl: (text) => parseDatabaseUrl(localizeUrl(text, folder)),
  });
}
