import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { add, compareNumbers, type ExactNumber, negate, ONE, toSafeInteger, ZERO } from '../values/exact-number.ts';
import { NUMBER } from '../values/type.ts';
import { list, number, UNKNOWN, type Value } from '../values/value.ts';

const LONGEST_RANGE = 1024;

/** `element(l, i)`: counts round and round. */
export function elementAt(from: Value, at: ExactNumber): Value {
  if (from.kind === 'unknown') return UNKNOWN;
  if (from.kind !== 'tuple' && from.kind !== 'list')
    throw new FunctionFailure('cannot read elements from this value', 0);
  const index = toSafeInteger(at);
  if (index === undefined) throw new FunctionFailure('a whole number is required', 1);
  if (index < 0) throw new FunctionFailure('cannot use element function with a negative index', 1);
  const item = from.items[index % from.items.length];
  if (item === undefined) throw new FunctionFailure('cannot use element function with an empty list', 0);
  return item;
}

/** `end` is exclusive. */
export function slice(items: readonly Value[], start: number, end: number): readonly Value[] {
  if (start < 0) throw new FunctionFailure('start index must not be less than zero', 1);
  if (end > items.length) throw new FunctionFailure('end index must not be greater than the length of the list', 2);
  if (start > end) throw new FunctionFailure('start index must not be greater than end index', 1);
  return items.slice(start, end);
}

/** `range(end)`, `range(start, end)`, `range(start, end, step)`. */
export function range(bounds: readonly ExactNumber[]): Value {
  const [first, second, third] = bounds;
  if (first === undefined || bounds.length > 3) throw new FunctionFailure('must have one, two, or three arguments');
  const start = second === undefined ? ZERO : first;
  const end = second ?? first;
  const isDown = compareNumbers(end, start) < 0;
  const step = third ?? (isDown ? negate(ONE) : ONE);
  if (compareNumbers(step, ZERO) === 0) throw new FunctionFailure('step must not be zero', 2);
  if (isDown !== compareNumbers(step, ZERO) < 0 && compareNumbers(start, end) !== 0) {
    throw new FunctionFailure(
      isDown
        ? 'end must not be less than start when step is positive'
        : 'end must not be greater than start when step is negative',
    );
  }
  const items: Value[] = [];
  for (let at = start; isDown ? compareNumbers(at, end) > 0 : compareNumbers(at, end) < 0; at = add(at, step)) {
    if (items.length >= LONGEST_RANGE) {
      throw new FunctionFailure(
        `more than ${LONGEST_RANGE} values were generated; either decrease the difference between start and end or use a larger step`,
      );
    }
    items.push(number(at));
  }
  return list(NUMBER, items);
}
