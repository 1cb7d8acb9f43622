/** What the `migrate` commands need of the world. Each is made when it is first asked for, so that `migrate hash` loads no driver. */
import type { ProjectResult } from '../../config/types.ts';
import type { DatabaseUrl, DirectoryTexts, Engine } from '../../engine/index.ts';
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
  renderTemplate(template: string, data: unknown): Promise<string>;
  readonly files: DirectoryFiles;
  /** Opens a file in $EDITOR (vi without one) and comes back when that ends. Throws AppError INPUT_INVALID where it fails. */
  openEditor(file: string): Promise<void>;
}

export interface ProjectRequest {
  readonly config: string | undefined;
  readonly env: string;
  readonly vars: Readonly<Record<string, string | readonly string[]>>;
}

/** Folders of migration files. Paths are those of the operating system. */
export interface DirectoryFiles {
  /** undefined: there is no such folder. */
  read(folder: string): Promise<DirectoryTexts | undefined>;
  /** Makes the folder where it is missing. */
  write(folder: string, texts: DirectoryTexts): Promise<void>;
}
