/** What the project file says of an env, evaluated. */
import type { ApplyHooks, DatabaseUrl, Diagnostic, hcl } from '../engine/index.ts';
import type { CountOrShare } from '../shared/count-or-share.ts';
import type { StartWindow } from '../shared/start-windows.ts';
import type { JoinersMode, OnFailure } from '../shared/states.ts';

/** Reads the files of a project, from disk or from a snapshot. Paths are relative to the project folder, with `/`. */
export interface ProjectFiles {
  read(path: string): Promise<string>;
  /** All files below the folder, relative paths, sorted. */
  list(): Promise<readonly string[]>;
}

/** What data sources do outside: databases and programs. */
export interface DataSourcePorts {
  query(
    url: DatabaseUrl,
    sql: string,
    args: readonly (string | number | boolean)[],
  ): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }>;
  /** Runs a program without a shell and gives its stdout. The message of what it throws holds the program's stderr. */
  runProgram(program: readonly string[], workingDir: string | undefined): Promise<string>;
  /** A file that holds a secret (`runtimevar` with `file://`): never part of a snapshot. */
  readSecretFile(path: string): Promise<string>;
}

export interface GroupConfig {
  readonly name: string;
  readonly hasMatch: boolean;
  readonly count?: number;
  /** 0 to 100. */
  readonly percent?: number;
  readonly parallel: number;
  readonly perHost: number | null;
  readonly maxFailures: CountOrShare | null;
  readonly budgetMode: 'STRICT' | 'SOFT';
  readonly onFailure: OnFailure;
  readonly bakeMs: number;
  readonly approval: boolean;
  readonly dependsOn: readonly string[];
}

/** An address of a web server, with its secrets locked in as those of a DatabaseUrl are. */
export interface HttpUrl {
  /** Without user info and query. */
  readonly redacted: string;
  /** The whole address with its secrets. */
  reveal(): string;
}

interface ThrottleBase {
  /** Unique in the deployment. */
  readonly name: string;
  /** Missing: all groups of the deployment. */
  readonly group?: string;
  /** At most so often it is asked. */
  readonly everyMs: number;
  /** No answer within it: targets are held. */
  readonly timeoutMs: number;
  /** Takes out of a text what the project has as a secret. */
  readonly mask: (text: string) => string;
}

/**
 * Holds targets back that are about to start. What is asked on a target's own server holds its host; what is asked in another place (replicas,
 * url, http) holds all that it concerns.
 */
export type Throttle = ThrottleBase &
  (
    | {
        readonly kind: 'replica_lag';
        readonly maxMs: number;
        /** None: what the target's own server says of its replicas. */
        readonly replicas: readonly DatabaseUrl[];
      }
    | { readonly kind: 'threads_running'; readonly max: number }
    | {
        readonly kind: 'sql';
        readonly query: string;
        /** Missing: a value that stands for true holds. */
        readonly max?: number;
        /** Missing: the target's own database. */
        readonly url?: DatabaseUrl;
      }
    | { readonly kind: 'http'; readonly url: HttpUrl }
  );

export interface EvaluatedTarget {
  readonly id: string;
  readonly url: DatabaseUrl;
  readonly labels: Readonly<Record<string, string>>;
  readonly revisionsSchema?: string;
  /** For each group of the deployment, in file order: does its match hold for this target. */
  readonly matches: readonly boolean[];
  /** For each group: the values of order_by, compared one after the other; numbers before strings. */
  readonly orderKeys: readonly (readonly (string | number)[])[];
}

export interface MigrationConfig {
  /** `file://migrations`, as written; resolved against the project folder by the daemon, the working directory by the CLI. */
  readonly dir: string;
  readonly format?: string;
  readonly baseline?: string;
  readonly execOrder?: string;
  readonly txMode?: string;
  readonly lockTimeoutMs?: number;
  readonly lockName?: string;
  readonly revisionsSchema?: string;
  readonly toVersion?: string;
}

/** One expanded env block, as Atlas's commands see it. */
export interface EvaluatedEnv {
  readonly name: string;
  readonly url?: DatabaseUrl;
  readonly devUrl?: DatabaseUrl;
  readonly src: readonly string[];
  readonly schemas: readonly string[];
  readonly exclude: readonly string[];
  readonly migration: MigrationConfig | undefined;
  /** `format { migrate { apply = … } }` and its kin, by "migrate.apply". */
  readonly formats: Readonly<Record<string, string>>;
  readonly target: EvaluatedTarget | undefined;
  /** All other attributes: `env://name`, input variables of HCL schemas. May hold secrets. */
  readonly extra?: ReadonlyMap<string, hcl.Value>;
  /** `lint`, `diff` and `test` blocks as written: the env's, else the file's (atlas-config-cli.md 1.8). Not evaluated here. */
  readonly policies?: Readonly<Record<'lint' | 'diff' | 'test', readonly hcl.Block[]>>;
  /** What is to be asked and run around `migrate apply`; undefined: nothing. The same object for targets that do not differ in it. */
  readonly hooks?: ApplyHooks;
}

export interface DeploymentConfig {
  readonly name: string;
  readonly groups: readonly GroupConfig[];
  /** How many targets of the env's last rollout may be missing before a start asks. Missing: as the daemon is set. */
  readonly maxShrink?: CountOrShare;
  /** What becomes of targets that appear while a rollout runs. Missing: LEAVE. */
  readonly joiners?: JoinersMode;
  /** Targets of the env that may be started in any 60 minutes. Missing: as the daemon is set. */
  readonly maxPerHour?: number;
  /** When targets may be started: of the whole deployment and of its groups. */
  readonly windows: readonly StartWindow[];
  /** Of the whole deployment and of its groups. Missing: none. */
  readonly throttles?: readonly Throttle[];
}

export interface EvaluatedProject {
  /** Every env of the chosen name, expanded, in order. */
  readonly envs: readonly EvaluatedEnv[];
  /** The deployment that the env names, if it has a rollout block. */
  readonly deployment: DeploymentConfig | undefined;
  /** Files that were read while evaluating: the snapshot. Relative path → text. */
  readonly filesRead: Readonly<Record<string, string>>;
  /** Directories made in memory by data "template_dir": URL → files. */
  readonly memoryDirectories: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What data "hcl_schema" and "external_schema" say: URL → where the desired state is. Nobody has read it yet: a rollout of files needs none. */
  readonly schemaSources: Readonly<Record<string, SchemaSource>>;
}

/** Where a desired state comes from. Paths and folders count from the working directory. */
export type SchemaSource =
  /** HCL files and folders that are one document, with input variables of their own in place of all others. */
  | { readonly paths: readonly string[]; readonly inputs: ReadonlyMap<string, hcl.Value> }
  /** SQL that a program prints. */
  | { readonly program: readonly string[]; readonly workingDir?: string };

export type ProjectResult =
  | { readonly value: EvaluatedProject; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly value: undefined;
      readonly diagnostics: readonly Diagnostic[];
      /** Atlas's text of the first error. */
      readonly text: string;
      /** The project files that the diagnostics point into, to show their lines: name → text. Secrets are starred out, columns kept. */
      readonly sources: ReadonlyMap<string, string>;
    };
