import type { AttributeSpec, Dialect } from '../dialect.ts';
import { QUERIES } from './catalog/queries.ts';
import { readRealm } from './catalog/read-realm.ts';
import { SQLITE_PLAN } from './emit/emitters.ts';
import { normalize } from './normalize.ts';
import { quote } from './quote.ts';
import { classOf, SQLITE_TYPES } from './types.ts';

/** SQLite has none: accepted, so that one schema can serve several databases, and never a difference. */
const COMMENT: AttributeSpec = { name: 'comment', form: 'string', isIgnored: true };

const EVENTS: readonly AttributeSpec[] = [
  { name: 'insert', form: 'bool' },
  { name: 'update', form: 'bool' },
  { name: 'update_of', form: 'columns' },
  { name: 'delete', form: 'bool' },
];

export const SQLITE: Dialect = {
  name: 'sqlite',
  generatedStorage: 'VIRTUAL',
  types: SQLITE_TYPES,
  blocks: {
    schema: [COMMENT],
    table: [{ name: 'strict', form: 'bool' }, { name: 'without_rowid', form: 'bool' }, COMMENT],
    column: [{ name: 'auto_increment', form: 'bool' }, { name: 'collate', form: 'string', default: 'BINARY' }, COMMENT],
    primary_key: [COMMENT],
    index: [{ name: 'where', form: 'sql' }, COMMENT],
    on: [],
    foreign_key: [COMMENT],
    check: [COMMENT],
  },
  objects: {
    view: {
      isQualified: true,
      readsTables: true,
      attributes: [{ name: 'as', form: 'sql', isRequired: true }, { name: 'columns', form: 'strings' }, COMMENT],
    },
    trigger: {
      isQualified: false,
      readsTables: true,
      standsOn: ['table', 'view'],
      attributes: [
        { name: 'before', form: 'block', attributes: EVENTS },
        { name: 'after', form: 'block', attributes: EVENTS },
        { name: 'instead_of', form: 'block', attributes: EVENTS },
        { name: 'when', form: 'sql' },
        { name: 'as', form: 'sql', isRequired: true },
        COMMENT,
      ],
    },
  },
  catalog: { queries: () => QUERIES, read: readRealm },
  diff: {
    sameType: (from, to) => {
      const [left, right] = [classOf(from.text), classOf(to.text)];
      return left === undefined || right === undefined
        ? from.text.toLowerCase() === to.text.toLowerCase()
        : left === right;
    },
  },
  plan: SQLITE_PLAN,
  quote,
  normalize,
};
