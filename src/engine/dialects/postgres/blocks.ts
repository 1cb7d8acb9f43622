import type { AttributeSpec, Blocks } from '../dialect.ts';

const COMMENT: AttributeSpec = { name: 'comment', form: 'string' };
/** postgresql.org/docs/current/sql-createtable.html, DEFERRABLE. */
const DEFERRABLE: AttributeSpec = {
  name: 'deferrable',
  form: 'word',
  values: ['INITIALLY_IMMEDIATE', 'INITIALLY_DEFERRED'],
};
const INCLUDE: AttributeSpec = { name: 'include', form: 'columns' };
const NULLS_DISTINCT: AttributeSpec = { name: 'nulls_distinct', form: 'bool', default: true };
/** An access method may be of an extension: others are taken as they are. */
const METHOD: AttributeSpec = {
  name: 'type',
  form: 'word',
  values: ['BTREE', 'BRIN', 'HASH', 'GIN', 'GIST', 'SPGIST'],
  isOpen: true,
  default: 'BTREE',
};
const STORAGE: AttributeSpec = { name: 'storage_params', form: 'map' };

/** Attributes of what stands in a table (atlas-engine.md 1.2, 1.3), in the order in which they are printed. */
export const POSTGRES_BLOCKS: Blocks = {
  schema: [COMMENT],
  table: [
    { name: 'unlogged', form: 'bool' },
    { name: 'access_method', form: 'string', default: 'heap' },
    { name: 'replica_identity', form: 'word', isOpen: true, default: 'DEFAULT' },
    COMMENT,
    STORAGE,
    {
      name: 'partition',
      form: 'block',
      attributes: [
        { name: 'type', form: 'word', values: ['RANGE', 'LIST', 'HASH'], isRequired: true },
        { name: 'columns', form: 'columns' },
        {
          name: 'by',
          form: 'blocks',
          attributes: [
            { name: 'column', form: 'column' },
            { name: 'expr', form: 'sql' },
          ],
        },
      ],
    },
    {
      name: 'row_security',
      form: 'block',
      attributes: [
        { name: 'enabled', form: 'bool' },
        { name: 'enforced', form: 'bool' },
      ],
    },
  ],
  column: [
    { name: 'collate', form: 'string' },
    COMMENT,
    {
      name: 'identity',
      form: 'block',
      attributes: [
        { name: 'generated', form: 'word', values: ['ALWAYS', 'BY_DEFAULT'], default: 'BY_DEFAULT', isPrinted: true },
        { name: 'start', form: 'int', default: 1 },
        { name: 'increment', form: 'int', default: 1 },
      ],
    },
  ],
  primary_key: [INCLUDE, DEFERRABLE, { name: 'without_overlaps', form: 'column' }, COMMENT],
  index: [
    METHOD,
    INCLUDE,
    NULLS_DISTINCT,
    { name: 'where', form: 'sql' },
    { name: 'page_per_range', form: 'int' },
    COMMENT,
    STORAGE,
  ],
  on: [
    { name: 'ops', form: 'word', isOpen: true },
    { name: 'collate', form: 'string' },
    { name: 'nulls_first', form: 'bool' },
    { name: 'nulls_last', form: 'bool' },
    { name: 'op', form: 'string' },
  ],
  foreign_key: [DEFERRABLE, { name: 'period', form: 'bool' }, COMMENT],
  check: [{ name: 'no_inherit', form: 'bool' }, COMMENT],
  unique: [INCLUDE, NULLS_DISTINCT, DEFERRABLE, COMMENT],
  exclude: [
    { ...METHOD, default: 'GIST', isPrinted: true },
    INCLUDE,
    { name: 'where', form: 'sql' },
    DEFERRABLE,
    COMMENT,
  ],
};
