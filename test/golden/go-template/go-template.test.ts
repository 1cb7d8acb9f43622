/**
 * Held against Go's own text/template: expected.jsonl is what oracle/main.go (Go 1.26) printed for the lines of cases.txt on data.json.
 * To write it anew: `cd test/golden/go-template && go run ./oracle > expected.jsonl`.
 */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { GoFloat } from '../../../src/engine/go-template/go-values.ts';
import { TemplateError } from '../../../src/engine/go-template/template-error.ts';
import { createTemplateSet } from '../../../src/engine/go-template/template-set.ts';

interface Case {
  readonly template: string;
  readonly output: string;
  readonly error?: string;
  readonly strict?: boolean;
}

const read = (name: string): string => fs.readFileSync(new URL(name, import.meta.url), 'utf8');

/** As Go decodes JSON into map[string]any; a number written with a point is a float64. */
function toGo(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('float:')) return new GoFloat(Number(value.slice(6)));
  if (Array.isArray(value)) return value.map(toGo);
  if (typeof value !== 'object' || value === null) return value === null ? undefined : value;
  return new Map(Object.entries(value).map(([key, item]) => [key, toGo(item)]));
}

const data = toGo(JSON.parse(read('data.json').replaceAll(/:(\d+\.\d+)/g, ':"float:$1"')));
const cases: readonly Case[] = read('expected.jsonl')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

it.each(cases)('Go prints the same for $template (strict: $strict)', ({ template, output, error, strict }) => {
  const set = createTemplateSet({ missingKey: strict === true ? 'error' : 'default' });
  const run = (): string => {
    try {
      set.parse('report', template);
      return set.execute('report', data);
    } catch (problem) {
      return problem instanceof TemplateError ? `Error: ${problem.message}` : String(problem);
    }
  };
  expect(run()).toBe(error === undefined ? output : `Error: ${error}`);
});
