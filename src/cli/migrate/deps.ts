/** What the `migrate` commands need of the world. Each is made when it is first asked for, so that `migrate hash` loads no driver. */
import type { ProjectResult } from '../../config/types.ts';
import type { DatabaseUrl, DirectoryTexts, Engine, GoFunction } from '../../engine/index.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Io } from '../io.ts';

export interface MigrateDeps {
  readonly io: Io;
  readonly clock: Clock;
  engine(): Promise<Engine>;
  /** Throws AppError TARGET_URL_INVALID, without the secrets of the URL. */
  parseUrl(text: string): Promise<DatabaseUrl>;
  /** Evaluates the project file for an env. `config`: as given with -c, undefined for the default. */
  loadProject(request: ProjectRequest): Promise<ProjectResult>;
  /** Renders a Go template. Throws AppError INPUT_INVALID. */
  renderTemplate(template: string, data: unknown, functions?: Readonly<Record<string, GoFunction>>): Promise<string>;
  /** Asks at the terminal; undefined where there is none. */
  ask(question: string): Promise<string | undefined>;
  readonly files: DirectoryFiles;
  /** What a program of `data "external_schema"` prints; its folder counts from the working directory. @throws Error with what it wrote to stderr */
  runProgram(program: readonly string[], workingDir: string | undefined): Promise<string>;
  /** Opens a file in $EDITOR (vi without one) and comes back when that ends. Throws AppError INPUT_INVALID where it fails. */
  openEditor(file: string): Promise<void>;
}

export interface ProjectRequest {
  readonly config: string | undefined;
  readonly env: string;
  readonly vars: Readonly<Record<string, string | readonly string[]>>;
}

/** A file of a desired state. */
export interface SchemaFile {
  readonly name: string;
  readonly text: string;
}

/** Folders of migration files. Paths are those of the operating system. */
export interface DirectoryFiles {
  /** undefined: there is no such folder. */
  read(folder: string): Promise<DirectoryTexts | undefined>;
  /** A file, or the direct `.hcl` or `.sql` children of a folder, sorted by name; undefined: there is nothing of that name. */
  readSchema(path: string): Promise<readonly SchemaFile[] | undefined>;
  /** A file, or the direct `.hcl` children of a folder, sorted by name; undefined: there is nothing of that name. */
  readHcl(path: string): Promise<readonly SchemaFile[] | undefined>;
  /** Makes the folder where it is missing. */
  write(folder: string, texts: DirectoryTexts): Promise<void>;
}
