import type { Setting } from './settings.ts';

/** A setting as `config show` prints it: URLs without what is secret in them, other secrets not at all. */
export function showValue(value: unknown, setting: Pick<Setting<unknown>, 'isSecret'>): string {
  if (setting.isSecret === true) return typeof value === 'string' && URL.canParse(value) ? redactUrl(value) : '(set)';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** Rebuilt from its parts: scheme, user, host and path. Parameters may hold secrets and are left out. */
function redactUrl(text: string): string {
  const { protocol, username, host, pathname } = new URL(text);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}
