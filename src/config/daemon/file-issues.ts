import type { z } from 'zod';
import { type Diagnostic, nearestName } from '../../engine/index.ts';
import type { YamlFile } from './yaml-file.ts';

type Issue = z.core.$ZodIssue;

/** Zod's issues with the line and column of what they are about. Values never appear: they may be secrets. */
export function fileDiagnostics(
  yaml: YamlFile,
  issues: readonly Issue[],
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
): readonly Diagnostic[] {
  return issues.flatMap((issue): readonly Diagnostic[] => {
    if (issue.code !== 'unrecognized_keys')
      return [invalidValue(issue.path.join('.'), wordIssue(issue), yaml.place(issue.path))];
    return issue.keys.map((key) =>
      unknownKey([...issue.path, key].join('.'), key, knownKeys(issue.path), yaml.placeOfKey(issue.path, key)),
    );
  });
}

function unknownKey(name: string, key: string, known: readonly string[], subject: Diagnostic['subject']): Diagnostic {
  const near = nearestName(key, known);
  return {
    code: 'CONFIG_INVALID',
    severity: 'error',
    summary: 'unknown key',
    detail: `there is no setting "${name}"; expected one of ${known.map((one) => `"${one}"`).join(', ')}`,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
    ...(subject === undefined ? {} : { subject }),
  };
}

export function invalidValue(name: string, expected: string, subject?: Diagnostic['subject']): Diagnostic {
  return {
    code: 'CONFIG_INVALID',
    severity: 'error',
    summary: 'invalid value',
    detail: `"${name}": ${expected}`,
    ...(subject === undefined ? {} : { subject }),
  };
}

/** What was expected, without what was given. */
export function wordIssue(issue: Issue): string {
  if (issue.code === 'invalid_value')
    return `expected one of ${issue.values.map((value) => `"${String(value)}"`).join(', ')}`;
  if (issue.code === 'invalid_type')
    return issue.message.startsWith('expected') ? issue.message : `expected ${article(issue.expected)}`;
  if (issue.code === 'invalid_key') return issue.issues.map(wordIssue).join('; ');
  if (issue.code === 'invalid_union') {
    // The alternative that came furthest tells most.
    const [best] = issue.errors.toSorted((a, b) => depth(b) - depth(a));
    return best === undefined || best.length === 0 ? 'not understood' : best.map(within).join('; ');
  }
  return issue.message;
}

const within = (issue: Issue): string =>
  issue.code === 'unrecognized_keys'
    ? `unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    : `${issue.path.length === 0 ? '' : `"${issue.path.join('.')}" `}${wordIssue(issue)}`;

const depth = (issues: readonly Issue[]): number =>
  Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};
const article = (expected: string): string => NOUNS[expected] ?? expected;
