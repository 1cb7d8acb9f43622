import type { EventView } from '../../shared/wire.ts';
import { harmless } from './terminal-text.ts';

/** One event as one line: time, what happened, its facts as `name=value`. For pipes, logs and CI. */
export function renderEventLine(event: EventView): string {
  const facts = Object.entries(event.data).map(([name, value]) => `${name}=${valueText(value)}`);
  const by = event.actor === '' ? [] : [`by=${valueText(event.actor)}`];
  const reason = event.reason === undefined || event.reason === '' ? [] : [`reason=${valueText(event.reason)}`];
  return [event.at, event.kind, ...facts, ...by, ...reason].join(' ');
}

function valueText(value: unknown): string {
  if (typeof value === 'string') {
    const text = harmless(value);
    return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
  }
  return JSON.stringify(value) ?? 'null';
}
