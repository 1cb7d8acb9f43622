import type { Dialect } from '../dialect.ts';
import { POSTGRES_BLOCKS } from './blocks.ts';
import { POSTGRES_CATALOG } from './catalog/read-realm.ts';
import { POSTGRES_PLAN } from './emit/emitters.ts';
import { normalize } from './normalize.ts';
import { POSTGRES_OBJECTS } from './objects/index.ts';
import { quote } from './quote.ts';
import { POSTGRES_TYPES } from './types.ts';

export const POSTGRES: Dialect = {
  name: 'postgres',
  generatedStorage: 'STORED',
  types: POSTGRES_TYPES,
  blocks: POSTGRES_BLOCKS,
  objects: Object.fromEntries(POSTGRES_OBJECTS.map(({ kind, spec }) => [kind, spec])),
  catalog: POSTGRES_CATALOG,
  diff: {
    sameType: (from, to) =>
      from.object === undefined || to.object === undefined
        ? from.object === to.object && from.text === to.text
        : from.text === to.text && from.object.kind === to.object.kind && from.object.schema === to.object.schema,
  },
  plan: POSTGRES_PLAN,
  quote,
  normalize,
};
