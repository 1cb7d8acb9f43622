/** What the use cases need of the world. bin/ builds the real ones. */
import type { ProjectResult } from '../config/types.ts';
import type { RolloutMessage } from '../shared/rollout-message.ts';

export type { RolloutMessage } from '../shared/rollout-message.ts';

/** The projects that the daemon serves. */
export interface Projects {
  names(): readonly string[];
  /**
   * Evaluates an env of a project, from its folder or (with `files`) from a snapshot. Throws AppError PROJECT_NOT_FOUND.
   * Problems of the files come back as diagnostics.
   */
  evaluate(
    project: string,
    env: string,
    options: {
      readonly vars: Readonly<Record<string, string | readonly string[]>>;
      readonly files?: Readonly<Record<string, string>>;
    },
  ): Promise<ProjectResult>;
  /** The files of a migration directory named by the project (`file://migrations?format=…`), unverified: name → text. */
  readDirectory(
    project: string,
    url: string,
  ): Promise<{ readonly files: Readonly<Record<string, string>>; readonly format: string }>;
}

/** The workflow half, without Temporal's types. */
export interface RolloutWorkflows {
  /**
   * Starts the workflow of a rollout. `running`: it runs already. `busy`: what runs for this project and env is another rollout's, or that of an
   * earlier life of this one; the store knows that it is over, so it ends in a moment.
   */
  start(rollout: {
    readonly id: string;
    readonly project: string;
    readonly env: string;
    readonly lives: number;
  }): Promise<'started' | 'running' | 'busy'>;
  /**
   * Sends a message and waits until it was accepted and handled. Throws AppError: ROLLOUT_STATE and its kin where the workflow refuses it,
   * TEMPORAL_UNAVAILABLE where it cannot be reached, ROLLOUT_OVER where no workflow runs.
   * `id` makes it idempotent.
   */
  send(
    rollout: { readonly id: string; readonly project: string; readonly env: string },
    message: RolloutMessage,
  ): Promise<void>;
}
