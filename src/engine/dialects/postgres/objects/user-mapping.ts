import type { SchemaObject } from '../../../schema/object.ts';
import type { Properties } from '../../../schema/property.ts';
import { words } from '../../sql-text.ts';
import { text } from '../catalog/cells.ts';
import { quote } from '../quote.ts';
import { alter, differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blockOf, given, optionsChange, optionsText } from './properties.ts';
import { ofRealm } from './query-parts.ts';
import { optionsOf } from './server.ts';

/** Options that nobody is to read in a document: they are neither read from a database nor compared. */
const SECRETS = ['password', 'passcode', 'sslkey', 'sslpassword'];
const WORDS = ['PUBLIC', 'CURRENT_USER', 'CURRENT_ROLE', 'SESSION_USER'];

const target = ({ properties }: SchemaObject): string => {
  const user = String(properties.user ?? 'PUBLIC');
  return `FOR ${WORDS.includes(user) ? user : quote(user)} SERVER ${serverOf(properties)}`;
};

const serverOf = ({ server }: Properties): string =>
  quote(typeof server === 'object' && 'name' in server ? String(server.name) : String(server));

/** Without what is secret. */
const known = (options: Properties): Properties =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !SECRETS.includes(name)));

/** CREATE USER MAPPING (postgresql.org/docs/current/sql-createusermapping.html). The server shows options to superusers alone. */
export const USER_MAPPING: PostgresObject = {
  kind: 'user_mapping',
  spec: {
    isQualified: false,
    readsTables: false,
    isOfRealm: true,
    attributes: [
      { name: 'server', form: 'reference', kinds: ['server'], isOpen: true, isRequired: true },
      { name: 'user', form: 'word', values: WORDS, isOpen: true, default: 'PUBLIC', isPrinted: true },
      { name: 'options', form: 'map', secrets: SECRETS },
    ],
  },
  query: (
    scope,
  ) => `SELECT CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE m.usename END AS user, m.srvname AS server, pg_catalog.to_json(m.umoptions) AS options
    FROM pg_catalog.pg_user_mappings AS m WHERE ${ofRealm(scope)} ORDER BY 2, 1`,
  read: (rows) =>
    rows.map((row) => {
      const [user, server] = [text(row.user), text(row.server)];
      const options = known(optionsOf(row.options) ?? {});
      return {
        schema: '',
        object: {
          kind: 'user_mapping',
          name: `${user}_${server}`,
          properties: given({
            server: { kind: 'server', name: server },
            user: user === 'PUBLIC' ? undefined : user,
            options: Object.keys(options).length === 0 ? undefined : options,
          }),
          dependsOn: [],
        },
      };
    }),
  emit: emitterOf({
    sort: 'USER MAPPING',
    label: (name) => `user mapping "${name}"`,
    target: (_schema, object) => target(object),
    text: (_schema, object) =>
      words(`CREATE USER MAPPING ${target(object)}`, optionsText(blockOf(object.properties.options), quote)),
    alter: (_schema, { from, to }) => {
      const change = (before: SchemaObject, after: SchemaObject): string | undefined => {
        const options = optionsChange(
          known(blockOf(before.properties.options)),
          known(blockOf(after.properties.options)),
          quote,
        );
        return options === undefined ? undefined : `ALTER USER MAPPING ${target(to)} ${options}`;
      };
      return alter(`modify user mapping "${to.name}"`, change(from, to), change(to, from));
    },
  }),
  needsNew: (change) => differsBeyond(change, 'options'),
};

/** A mapping has no name of its own: it is told by its user and its server. */
export const mappingName = ({ properties }: SchemaObject): string => {
  const { server, user } = properties;
  return `${String(user ?? 'PUBLIC')}_${typeof server === 'object' && 'name' in server ? String(server.name) : String(server)}`;
};
