import type { Functions, HclFunction, LazyFunction } from '../evaluate/hcl-function.ts';
import { reference, string } from '../values/value.ts';
import { COLLECTION_FUNCTIONS } from './collections.ts';
import { CSV_FUNCTIONS } from './csv.ts';
import { DATE_FUNCTIONS } from './dates.ts';
import { define, text, textAt } from './define.ts';
import { FORMAT_FUNCTIONS } from './format.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { NUMBER_FUNCTIONS } from './numbers.ts';
import { outsideFunctions } from './outside.ts';
import type { FunctionPorts } from './ports.ts';
import { REGEXP_FUNCTIONS } from './regular-expressions.ts';
import { SET_FUNCTIONS } from './sets.ts';
import { STRING_FUNCTIONS } from './strings.ts';
import { TYPE_FUNCTIONS } from './types.ts';
import { URL_FUNCTIONS } from './urls.ts';
import { YAML_FUNCTIONS } from './yaml.ts';

const LAZY: Readonly<Record<string, LazyFunction>> = { try: { lazy: 'try' }, can: { lazy: 'can' } };

/** All functions of a project file (atlas-config-cli.md 1.10). Without `ports` those that reach outside are left out, as in HCL schemas. */
export function createFunctions(ports?: FunctionPorts): Functions {
  return new Map<string, HclFunction | LazyFunction>(
    Object.entries({
      ...NUMBER_FUNCTIONS,
      ...STRING_FUNCTIONS,
      ...REGEXP_FUNCTIONS,
      ...FORMAT_FUNCTIONS,
      ...COLLECTION_FUNCTIONS,
      ...SET_FUNCTIONS,
      ...JSON_FUNCTIONS,
      ...CSV_FUNCTIONS,
      ...YAML_FUNCTIONS,
      ...DATE_FUNCTIONS,
      ...TYPE_FUNCTIONS,
      ...URL_FUNCTIONS,
      ...LAZY,
      ...(ports === undefined ? {} : outsideFunctions(ports)),
    }),
  );
}

/** `sql("now()")` of HCL schemas: a reference named `sql` whose path is the text and whose attribute `expr` is too. */
export const SQL_FUNCTION: HclFunction = define([text('expr')], { kind: 'reference', name: 'sql' }, (args) =>
  reference('sql', [textAt(args, 0)], new Map([['expr', string(textAt(args, 0))]])),
);
