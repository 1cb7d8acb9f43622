import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { sameValue, sortedKeys } from '../values/compare-values.ts';
import { toSafeInteger } from '../values/exact-number.ts';
import { ANY, BOOL, listOf, NUMBER, STRING, type Type } from '../values/type.ts';
import { unify } from '../values/unify.ts';
import {
  bool,
  isWhollyKnown,
  list,
  map,
  number,
  object,
  string,
  tuple,
  typeOf,
  UNKNOWN,
  type Value,
} from '../values/value.ts';
import {
  define,
  entriesAt,
  type FunctionTable,
  integerAt,
  itemsAt,
  nullable,
  num,
  numberAt,
  parameter,
  valueAt,
} from './define.ts';
import { elementAt, range, slice } from './sequences.ts';
import { graphemes } from './strings.ts';

const collection = parameter('collection');
const sequence = parameter('list');
const TAKES_UNKNOWN = { takesUnknown: true };

export const COLLECTION_FUNCTIONS: FunctionTable = {
  alltrue: define([collection], BOOL, (args) =>
    bool(itemsAt(args, 0).every((item) => item.kind === 'bool' && item.value)),
  ),
  anytrue: define([collection], BOOL, (args) =>
    bool(itemsAt(args, 0).some((item) => item.kind === 'bool' && item.value)),
  ),
  chunklist: define([sequence, num('size')], listOf(ANY), (args) =>
    chunks(valueAt(args, 0), itemsAt(args, 0), integerAt(args, 1)),
  ),
  coalescelist: define([], ANY, firstFilled, { variadic: nullable(parameter('lists')) }),
  compact: define([parameter('list', listOf(STRING))], listOf(STRING), (args) =>
    list(
      STRING,
      itemsAt(args, 0).filter((item) => item.kind === 'string' && item.value !== ''),
    ),
  ),
  concat: define([], ANY, concat, { variadic: parameter('lists'), ...TAKES_UNKNOWN }),
  contains: define([sequence, nullable(parameter('value'))], BOOL, (args) =>
    bool(itemsAt(args, 0).some((item) => sameValue(item, valueAt(args, 1)))),
  ),
  distinct: define([sequence], ANY, (args) => like(valueAt(args, 0), distinct(itemsAt(args, 0)))),
  element: define(
    [sequence, num('index')],
    ANY,
    (args) => elementAt(valueAt(args, 0), numberAt(args, 1)),
    TAKES_UNKNOWN,
  ),
  empty: define(
    [collection],
    BOOL,
    (args) => withLength(valueAt(args, 0), (length) => bool(length === 0)),
    TAKES_UNKNOWN,
  ),
  flatten: define([sequence], ANY, (args) => tuple(flatten(itemsAt(args, 0)))),
  index: define([collection, parameter('key')], ANY, (args) => lookUp(valueAt(args, 0), valueAt(args, 1))),
  keys: define([parameter('map')], listOf(STRING), (args) => keys(valueAt(args, 0)), TAKES_UNKNOWN),
  values: define([parameter('map')], ANY, (args) => valuesOf(valueAt(args, 0)), TAKES_UNKNOWN),
  length: define([collection], NUMBER, (args) => withLength(valueAt(args, 0), number), TAKES_UNKNOWN),
  merge: define([], ANY, merge, { variadic: nullable(parameter('maps')), ...TAKES_UNKNOWN }),
  range: define([], listOf(NUMBER), (args) => range(args.map((_, index) => numberAt(args, index))), {
    variadic: num('params'),
  }),
  reverse: define([sequence], ANY, (args) => {
    const reversed = [...itemsAt(args, 0)].reverse();
    return like(valueAt(args, 0), reversed);
  }),
  slice: define([sequence, num('start_index'), num('end_index')], ANY, (args) =>
    like(valueAt(args, 0), slice(itemsAt(args, 0), integerAt(args, 1), integerAt(args, 2))),
  ),
  zipmap: define([parameter('keys', listOf(STRING)), parameter('values')], ANY, (args) => zip(args)),
};

/** The items as the same kind of sequence; of a set a list. */
function like(original: Value, items: readonly Value[]): Value {
  return original.kind === 'list' || original.kind === 'set' ? list(original.element, items) : tuple(items);
}

function chunks(original: Value, items: readonly Value[], size: number): Value {
  if (size < 0) throw new FunctionFailure('the size argument must be positive', 1);
  const parts: Value[] = [];
  if (size === 0) parts.push(like(original, items));
  else for (let at = 0; at < items.length; at += size) parts.push(like(original, items.slice(at, at + size)));
  const element = unify(parts.map(typeOf));
  return element === undefined ? tuple(parts) : list(element, parts);
}

function firstFilled(args: readonly Value[]): Value {
  for (const [index, arg] of args.entries()) {
    if (arg.kind !== 'null' && itemsAt(args, index).length > 0) return arg;
  }
  throw new FunctionFailure('no non-null arguments');
}

function concat(args: readonly Value[]): Value {
  if (args.length === 0) throw new FunctionFailure('at least one argument is required');
  if (args.some((arg) => arg.kind === 'unknown')) return UNKNOWN;
  const items = args.flatMap((_, index) => itemsAt(args, index));
  const areLists = args.every((arg) => arg.kind === 'list');
  const element = areLists ? unify(items.map(typeOf)) : undefined;
  return element === undefined ? tuple(items) : list(element, items);
}

function distinct(items: readonly Value[]): Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!kept.some((other) => sameValue(item, other))) kept.push(item);
  return kept;
}

function flatten(items: readonly Value[]): Value[] {
  return items.flatMap((item) =>
    item.kind === 'tuple' || item.kind === 'list' || item.kind === 'set' ? flatten(item.items) : [item],
  );
}

/** Not a search: `index(["a"], 0)` is "a". */
function lookUp(from: Value, key: Value): Value {
  const found =
    from.kind === 'object' || from.kind === 'map'
      ? key.kind === 'string' && from.entries.get(key.value)
      : key.kind === 'number' &&
        (from.kind === 'tuple' || from.kind === 'list') &&
        from.items[toSafeInteger(key.value) ?? -1];
  if (found === false || found === undefined) throw new FunctionFailure('there is no element with this key', 1);
  return found;
}

function keys(from: Value): Value {
  if (from.kind === 'unknown') return { kind: 'unknown', type: listOf(STRING) };
  const names = sortedKeys(entriesAt([from], 0)).map(string);
  return from.kind === 'map' ? list(STRING, names) : tuple(names);
}

function valuesOf(from: Value): Value {
  if (from.kind === 'unknown') return UNKNOWN;
  const entries = entriesAt([from], 0);
  const items = sortedKeys(entries).flatMap((name) => entries.get(name) ?? []);
  return from.kind === 'map' ? list(from.element, items) : tuple(items);
}

function withLength(value: Value, use: (length: number) => Value): Value {
  switch (value.kind) {
    case 'unknown':
      return UNKNOWN;
    case 'string':
      return use(graphemes(value.value).length);
    case 'tuple':
    case 'list':
      return use(value.items.length);
    case 'set':
      // Two unknowns in a set may turn out to be one.
      return value.items.every(isWhollyKnown) ? use(value.items.length) : UNKNOWN;
    case 'object':
    case 'map':
      return use(value.entries.size);
    default:
      throw new FunctionFailure('collection must be a list, a map or a tuple', 0);
  }
}

function merge(args: readonly Value[]): Value {
  if (args.some((arg) => arg.kind === 'unknown')) return UNKNOWN;
  const given = args.filter((arg) => arg.kind !== 'null');
  const merged = new Map<string, Value>();
  for (const [index, arg] of args.entries()) {
    if (arg.kind === 'null') continue;
    for (const [name, value] of entriesAt(args, index)) merged.set(name, value);
  }
  const areMaps = given.length > 0 && given.every((arg) => arg.kind === 'map');
  const element = areMaps ? unify(Array.from(merged.values(), typeOf)) : undefined;
  return element === undefined ? object(merged) : map(element, merged);
}

function zip(args: readonly Value[]): Value {
  const names = itemsAt(args, 0);
  const items = itemsAt(args, 1);
  if (names.length !== items.length) {
    throw new FunctionFailure(`number of keys (${names.length}) does not match number of values (${items.length})`);
  }
  const entries = new Map<string, Value>();
  for (const [index, name] of names.entries()) {
    if (name.kind !== 'string') throw new FunctionFailure('a key must not be null', 0);
    entries.set(name.value, items[index] ?? UNKNOWN);
  }
  const values = valueAt(args, 1);
  const element: Type | undefined = values.kind === 'list' ? values.element : undefined;
  return element === undefined ? object(entries) : map(element, entries);
}
