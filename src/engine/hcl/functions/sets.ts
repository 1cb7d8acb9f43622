import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { sameValue, set } from '../values/compare-values.ts';
import { convert } from '../values/convert.ts';
import { ANY, setOf, type Type } from '../values/type.ts';
import { unify } from '../values/unify.ts';
import { list, tuple, typeOf, type Value } from '../values/value.ts';
import { define, type FunctionTable, itemsAt, parameter, valueAt } from './define.ts';

const sets = parameter('sets', setOf(ANY));
const LARGEST_PRODUCT = 100_000;

export const SET_FUNCTIONS: FunctionTable = {
  setunion: define([], setOf(ANY), (args) => combine(args, (all) => all.flat()), { variadic: sets }),
  setintersection: define(
    [],
    setOf(ANY),
    (args) => combine(args, ([first = [], ...rest]) => first.filter((item) => rest.every((other) => has(other, item)))),
    { variadic: sets },
  ),
  setsubtract: define([parameter('a', setOf(ANY)), parameter('b', setOf(ANY))], setOf(ANY), (args) =>
    combine(args, ([first = [], second = []]) => first.filter((item) => !has(second, item))),
  ),
  setproduct: define([], ANY, product, { variadic: parameter('sets') }),
};

const has = (items: readonly Value[], item: Value) => items.some((other) => sameValue(item, other));

/** Brings the elements to one type first, so that 1 and "1" are the same in sets of strings. */
function combine(args: readonly Value[], pick: (all: readonly (readonly Value[])[]) => readonly Value[]): Value {
  if (args.length === 0) throw new FunctionFailure('at least one set is required');
  const element = unify(args.flatMap((_, index) => itemsAt(args, index).map(typeOf)));
  if (element === undefined) throw new FunctionFailure('given sets must all have compatible element types');
  return set(element, pick(args.map((_, index) => itemsAt(args, index).map((item) => converted(item, element)))));
}

function converted(item: Value, type: Type): Value {
  const result = convert(item, type);
  if ('problem' in result) throw new FunctionFailure(result.problem);
  return result.value;
}

function product(args: readonly Value[]): Value {
  if (args.length < 2) throw new FunctionFailure('at least two arguments are required');
  let rows: Value[][] = [[]];
  for (const index of args.keys()) {
    const items = itemsAt(args, index);
    if (rows.length * items.length > LARGEST_PRODUCT) {
      throw new FunctionFailure(`the product has more than ${LARGEST_PRODUCT} elements`);
    }
    rows = rows.flatMap((row) => items.map((item) => [...row, item]));
  }
  const tuples = rows.map(tuple);
  const element = unify(tuples.map(typeOf));
  const areSets = args.every((_, index) => valueAt(args, index).kind === 'set');
  if (element === undefined) return tuple(tuples);
  return areSets ? set(element, tuples) : list(element, tuples);
}
