import type { UrlForm, UrlPlace } from '../../url/url-form.ts';
import { hostOf, paramOf, splitServerUrl, urlProblem } from '../../url/url-parts.ts';

const PORT = 3306;

type Dialect = 'mysql' | 'mariadb';

const placeIn = (dialect: Dialect, host: string, database: string): UrlPlace => ({
  ...{ dialect, host, database, schema: database },
  ...{ name: database === '' ? host : database, isFile: false },
});

const atServer = (dialect: Dialect): UrlForm => ({
  split: splitServerUrl,
  placeOf: (parts) => placeIn(dialect, hostOf(parts, PORT), parts.path.slice(1)),
});

const atSocket = (dialect: Dialect): UrlForm => ({
  split: splitServerUrl,
  placeOf(parts) {
    const { path, scheme } = parts;
    if (path === '') throw urlProblem(`the ${scheme} URL names no socket, expected ${scheme}:///path`);
    return placeIn(dialect, path, paramOf(parts, 'database') ?? '');
  },
});

export const MYSQL_URL_FORMS: Readonly<Record<string, UrlForm>> = {
  mysql: atServer('mysql'),
  mariadb: atServer('mariadb'),
  maria: atServer('mariadb'),
  'mysql+unix': atSocket('mysql'),
  'mariadb+unix': atSocket('mariadb'),
  'maria+unix': atSocket('mariadb'),
};
