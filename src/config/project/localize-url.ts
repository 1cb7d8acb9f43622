import path from 'node:path';

/** The URL of a SQLite file with a relative path, from a folder on: `sqlite://a.db` in /p is `sqlite:///p/a.db`. Others are left as they are. */
export function localizeUrl(text: string, folder: string): string {
  const match = /^(\s*sqlite3?:\/\/)(file:)?([^?]*)(\?.*)?$/is.exec(text);
  if (match === null) return text;
  const [, scheme = '', file = '', name = '', query = ''] = match;
  const isInMemory = name === ':memory:' || new URLSearchParams(query).get('mode') === 'memory';
  if (name === '' || name.startsWith('/') || isInMemory) return text;
  return `${scheme}${file}${path.posix.join(folder, name)}${query}`;
}
