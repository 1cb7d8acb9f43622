import { type Directory, findNoWayBack } from '../../engine/index.ts';
import { type DirectorySource, openVerifiedDirectory } from '../open-verified-directory.ts';
import type { RolloutChange } from './rollout-change.ts';

/** Files of a migration directory, up to a version. */
export function versionedChange(
  source: DirectorySource,
  directory: Directory = openVerifiedDirectory(source),
): RolloutChange {
  return {
    bringForward: (engine, { target }, options, callbacks) => engine.apply(target, directory, options, callbacks),
    takeBack: (engine, { target, claimed }, rollout, { lock, limits, sessionName, lockRetries }, callbacks) =>
      engine.down(
        target,
        directory,
        {
          toVersion: claimed.fromVersion ?? '',
          // What is newer than where the rollout has left it is somebody else's; a file that failed may be half applied.
          from: { version: claimed.version ?? rollout.toVersion, upTo: rollout.toVersion },
          dryRun: false,
          skipChecks: rollout.skipChecks,
          ...{ lock, limits, sessionName, lockRetries },
        },
        callbacks,
      ),
    survey: (engine, targets, options) => engine.survey(targets, directory, options),
    surveysTogether: (engine, url) => engine.surveysTogether(url),
    findNoWayBack: (dialect, span) => findNoWayBack(directory, dialect, span),
  };
}
