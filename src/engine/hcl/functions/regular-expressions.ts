import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { ANY, BOOL, STRING } from '../values/type.ts';
import { unify } from '../values/unify.ts';
import { bool, list, nullOf, object, string, tuple, typeOf, type Value } from '../values/value.ts';
import { define, type FunctionTable, text, textAt } from './define.ts';
import { compileGoRegexp, expandTemplate, quoteMeta } from './go-regexp.ts';

export const REGEXP_FUNCTIONS: FunctionTable = {
  regex: define([text('pattern'), text('string')], ANY, (args) => {
    const match = compileGoRegexp(textAt(args, 0)).exec(textAt(args, 1));
    if (match === null) throw new FunctionFailure('pattern did not match any part of the given string');
    return captured(match);
  }),
  regexall: define([text('pattern'), text('string')], ANY, (args) => {
    const pattern = compileGoRegexp(textAt(args, 0), 'g');
    const items = Array.from(textAt(args, 1).matchAll(pattern), captured);
    return list(unify(items.map(typeOf)) ?? ANY, items);
  }),
  regexmatch: define([text('pattern'), text('string')], BOOL, (args) =>
    bool(compileGoRegexp(textAt(args, 0)).test(textAt(args, 1))),
  ),
  regexreplace: define([text('string'), text('pattern'), text('replacement')], STRING, (args) => {
    const pattern = compileGoRegexp(textAt(args, 1), 'g');
    return string(replaceAll(textAt(args, 0), pattern, textAt(args, 2)));
  }),
  regexpescape: define([text('string')], STRING, (args) => string(quoteMeta(textAt(args, 0)))),
};

/** The whole match; with groups a tuple of them; with named groups an object. */
function captured(match: RegExpExecArray): Value {
  const group = (value: string | undefined) => (value === undefined ? nullOf(STRING) : string(value));
  const { groups } = match;
  if (groups === undefined) {
    return match.length === 1 ? string(match[0]) : tuple(match.slice(1).map(group));
  }
  const names = Object.entries(groups);
  if (names.length !== match.length - 1) {
    throw new FunctionFailure('pattern has a mixture of both named and unnamed capture groups', 0);
  }
  return object(new Map(names.map(([name, value]) => [name, group(value)])));
}

function replaceAll(value: string, pattern: RegExp, template: string): string {
  let result = '';
  let from = 0;
  for (const match of value.matchAll(pattern)) {
    result += value.slice(from, match.index) + expandTemplate(template, match);
    from = match.index + match[0].length;
  }
  return result + value.slice(from);
}
