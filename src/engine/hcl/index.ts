/**
 * HCL: parser, values and evaluator. How a caller uses it:
 *
 *     const { value: body, source, diagnostics } = parseFile('atlas.hcl', text); // never throws; several problems at once
 *     const functions = createFunctions(ports); // FunctionPorts: readFile, listFiles, getenv, print (all synchronous)
 *     const locals = findBlocks(body, 'locals').flatMap((block) => block.body.attributes);
 *     const values = new Map<string, Value>();
 *     const scope = scopeOf({
 *       atlas: object({ env: string('prod') }),
 *       var: object({ tier: string('free') }),
 *       // Read on demand, each once. Order and cycles: freeVariables(attribute.value) lists root, path and range.
 *       local: lazyObject(locals.map((local) => local.name), (name) => values.get(name) ?? UNKNOWN),
 *       LINEAR: reference('enum', ['LINEAR']),
 *       deployment: object({ fleet: reference('deployment', ['fleet']) }),
 *     });
 *     const url = findAttribute(block.body, 'url');
 *     if (url !== undefined) {
 *       const { value, diagnostics } = evaluate(url.value, scope, functions); // unknowns where there are mistakes
 *       const asString = convert(value, STRING); // { value } | { problem: 'string required' }
 *     }
 *     const each = iterate(tenants); // pairs for for_each: [key, value], sorted keys; undefined: not a collection
 *     const inner = scopeOf({ each: object({ key, value }) }, scope); // a scope in front of another
 *     const { type } = parseType(findAttribute(variable.body, 'type')!.value); // string, list(number), object({…})
 *     renderDiagnostic(diagnostics[0], new Map([['atlas.hcl', source]]), { colour: true }); // with a code frame
 *     atlasText(diagnostics[0]); // Atlas's one line
 *     toPlain(value); // as JSON has it; fromPlain makes a Value of JSON
 *
 * Values are told apart by `kind`: string, number (exact: printNumber, toDouble, toSafeInteger), bool, null, unknown, tuple,
 * list, set, object, map, reference (opaque things of the caller's). A null attribute counts as not set in atlas.hcl.
 */
export { type Evaluated, evaluate } from './evaluate/evaluate.ts';
export { type FreeVariable, freeVariables } from './evaluate/free-variables.ts';
export type { Functions, HclFunction, LazyFunction, Parameter } from './evaluate/hcl-function.ts';
export { FunctionFailure } from './evaluate/hcl-function.ts';
export { parseType } from './evaluate/parse-type.ts';
export { EMPTY_SCOPE, type Scope, scopeOf } from './evaluate/scope.ts';
export { formatFile } from './format/format-file.ts';
export { createFunctions, SQL_FUNCTION } from './functions/create-functions.ts';
export type { FunctionPorts } from './functions/ports.ts';
export type * from './syntax/nodes.ts';
export { findAttribute, findBlocks, rangeOf } from './syntax/nodes.ts';
export { type Parsed, parseExpressionText, parseFile, parseTemplateText } from './syntax/parse-body.ts';
export { compareStrings, compareValues, iterate, sameValue, set } from './values/compare-values.ts';
export { type Converted, convert } from './values/convert.ts';
export {
  compareNumbers,
  type ExactNumber,
  fromDouble,
  integer,
  parseNumber,
  printNumber,
  toDouble,
  toSafeInteger,
} from './values/exact-number.ts';
export { lazyObject } from './values/lazy-object.ts';
export { fromPlain, type Plain, toPlain } from './values/plain.ts';
export { ANY, BOOL, listOf, mapOf, NUMBER, STRING, sameType, setOf, type Type, typeName } from './values/type.ts';
export { unify } from './values/unify.ts';
export type {
  BoolValue,
  CollectionValue,
  MapValue,
  NullValue,
  NumberValue,
  ObjectValue,
  ReferenceValue,
  StringValue,
  TupleValue,
  UnknownValue,
} from './values/value.ts';
export {
  bool,
  FALSE,
  isWhollyKnown,
  list,
  map,
  NULL,
  nullOf,
  number,
  object,
  reference,
  string,
  TRUE,
  tuple,
  typeOf,
  UNKNOWN,
  unknown,
  type Value,
} from './values/value.ts';
