import type { Clock } from '../shared/clock.ts';
import type { EventSink } from '../shared/events.ts';
import type { Projects } from './ports.ts';

/**
 * The same projects; each evaluation of an env says how many targets it found, or that it could not be done. An env that never could be is
 * `unknown`: the event's fields become labels of metrics, and callers may make names up.
 */
export function observeProjects(projects: Projects, events: EventSink, clock: Clock): Projects {
  const known = new Set<string>();
  return {
    names: () => projects.names(),
    readDirectory: (project, url) => projects.readDirectory(project, url),
    async evaluate(project, env, options) {
      const beganMs = clock.monotonicMs();
      const key = JSON.stringify([project, env]);
      let targets: number | undefined;
      try {
        const result = await projects.evaluate(project, env, options);
        targets = result.value?.envs.filter(({ target }) => target !== undefined).length;
        return result;
      } finally {
        if (targets !== undefined) known.add(key);
        const durationMs = clock.monotonicMs() - beganMs;
        const found = targets === undefined ? {} : { targets };
        const names = known.has(key) ? { project, env } : { project: 'unknown', env: 'unknown' };
        events.emit({ kind: 'EnvEvaluated', ...names, ...found, durationMs });
      }
    },
  };
}
