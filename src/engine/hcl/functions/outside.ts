/** Functions that reach outside, through ports. */
import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { compareStrings } from '../values/compare-values.ts';
import { ANY, listOf, STRING } from '../values/type.ts';
import { list, string } from '../values/value.ts';
import { define, type FunctionTable, nullable, parameter, text, textAt, valueAt } from './define.ts';
import { compileGlob, globFolder } from './glob.ts';
import { encodeJson } from './json.ts';
import type { FunctionPorts } from './ports.ts';

export function outsideFunctions(ports: FunctionPorts): FunctionTable {
  const matching = define([text('pattern')], listOf(STRING), (args) => {
    const pattern = textAt(args, 0).replace(/^(?:\.\/)+/, '');
    const folder = globFolder(pattern);
    const matcher = compileGlob(pattern);
    const paths = ports.listFiles(folder).map((path) => (folder === '' ? path : `${folder}/${path}`));
    return list(
      STRING,
      paths
        .filter((path) => matcher.test(path))
        .sort(compareStrings)
        .map(string),
    );
  });
  return {
    file: define([text('path')], STRING, (args) => {
      const read = ports.readFile(textAt(args, 0));
      if ('problem' in read) throw new FunctionFailure(read.problem);
      return string(read.text);
    }),
    fileset: matching,
    glob: matching,
    getenv: define([text('key')], STRING, (args) => string(ports.getenv(textAt(args, 0)) ?? '')),
    print: define([nullable(parameter('value'))], ANY, (args) => {
      const value = valueAt(args, 0);
      ports.print(value.kind === 'string' ? value.value : encodeJson(value));
      return value;
    }),
  };
}
