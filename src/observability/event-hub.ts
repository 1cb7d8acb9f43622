import type { EventSink, FlotillaEvent } from '../shared/events.ts';

/**
 * Hands each event to every subscriber, in order. A subscriber that throws must not stop a rollout: its error goes to `onError`, once a kind
 * of event.
 */
export function createEventHub(
  subscribers: readonly ((event: FlotillaEvent) => void)[],
  onError: (error: unknown, event: FlotillaEvent) => void,
): EventSink {
  const reported = new Set<FlotillaEvent['kind']>();
  return {
    emit(event) {
      for (const subscriber of subscribers) {
        try {
          subscriber(event);
        } catch (error) {
          if (reported.has(event.kind)) continue;
          reported.add(event.kind);
          onError(error, event);
        }
      }
    },
  };
}
