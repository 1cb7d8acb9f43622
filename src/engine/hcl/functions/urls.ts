import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { sortedKeys } from '../values/compare-values.ts';
import { STRING } from '../values/type.ts';
import { string, type Value } from '../values/value.ts';
import { define, type FunctionTable, text, textAt } from './define.ts';
import { escapeFor, parseGoUrl, parseQuery, printGoUrl } from './go-url.ts';

export const URL_FUNCTIONS: FunctionTable = {
  urlescape: define([text('string')], STRING, (args) => string(escapeFor('query', textAt(args, 0)))),
  urluserinfo: define([text('url'), text('user')], STRING, userInfo, { variadic: text('pass') }),
  urlqueryset: define([text('url'), text('key'), text('value')], STRING, (args) => {
    const url = parseGoUrl(textAt(args, 0));
    const values = parseQuery(url.query ?? '');
    values.set(textAt(args, 1), [textAt(args, 2)]);
    // The whole query is written anew, so its names come out sorted.
    const pairs = sortedKeys(values).flatMap((name) =>
      (values.get(name) ?? []).map((value) => `${escapeFor('query', name)}=${escapeFor('query', value)}`),
    );
    return string(printGoUrl({ ...url, query: pairs.join('&') }));
  }),
  urlsetpath: define([text('url'), text('path')], STRING, (args) => {
    const url = parseGoUrl(textAt(args, 0));
    return string(printGoUrl({ ...url, path: escapeFor('path', textAt(args, 1)) }));
  }),
};

function userInfo(args: readonly Value[]): Value {
  if (args.length > 3) throw new FunctionFailure('expects a URL, a user and at most one password', 3);
  const url = parseGoUrl(textAt(args, 0));
  const password = args.length === 3 ? textAt(args, 2) : undefined;
  return string(printGoUrl({ ...url, user: textAt(args, 1), password }));
}
