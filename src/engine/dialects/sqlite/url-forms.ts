import type { UrlForm, UrlPlace } from '../../url/url-form.ts';
import { splitFileUrl, type UrlParts, urlProblem } from '../../url/url-parts.ts';

function placeOf(parts: UrlParts): UrlPlace {
  const file = parts.path.replace(/^file:(?:\/\/(?=\/))?/, '');
  if (file === '') throw urlProblem('the sqlite URL names no file, expected sqlite://file.db');
  const slash = file.lastIndexOf('/');
  const folder = slash === -1 ? '.' : slash === 0 ? '/' : file.slice(0, slash);
  return { dialect: 'sqlite', host: folder, database: file, schema: 'main', name: file, isFile: true };
}

const FORM: UrlForm = { split: splitFileUrl, placeOf };

export const SQLITE_URL_FORMS: Readonly<Record<string, UrlForm>> = { sqlite: FORM, sqlite3: FORM };
