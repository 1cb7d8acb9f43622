import type { DatabaseUrl } from '../../engine/index.ts';
import type { DataSourcePorts, ProjectFiles } from '../types.ts';

/** What it takes to evaluate an env of a project. */
export interface EvaluateProjectRequest {
  readonly files: ProjectFiles;
  /** Project files, relative to the project folder; a later one adds to those before it. */
  readonly config: readonly string[];
  /** '': none; only variables and the file's syntax are looked at. */
  readonly env: string;
  /** Of `--var`; a key that was given several times is a list. */
  readonly vars: Readonly<Record<string, string | readonly string[]>>;
  readonly ports: DataSourcePorts;
  readonly getenv: (name: string) => string | undefined;
  /** For `print(v)`. */
  readonly print?: (text: string) => void;
  /** @throws AppError TARGET_URL_INVALID. Default: parseDatabaseUrl. */
  readonly parseUrl?: (text: string) => DatabaseUrl;
  /**
   * `data "template_dir"` counts its path from the working directory, `file()` from the project folder: this makes the one of the other.
   * Default: they are one folder, as in the daemon.
   */
  readonly toProjectPath?: (path: string) => string;
  /** Whether targets with one id, and targets that no group takes, are mistakes. Default: true. Atlas's commands that know no ids say false. */
  readonly checkTargets?: boolean;
}
