import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { compareStrings } from '../values/compare-values.ts';
import { BOOL, listOf, STRING } from '../values/type.ts';
import { bool, list, string, type Value } from '../values/value.ts';
import { define, type FunctionTable, integerAt, itemsAt, num, parameter, text, textAt } from './define.ts';

const SPACE = /^[\s\u0085]+|[\s\u0085]+$/g;
const segmenter = new Intl.Segmenter();

const mapText = (change: (value: string) => string) =>
  define([text('str')], STRING, (args) => string(change(textAt(args, 0))));

export const STRING_FUNCTIONS: FunctionTable = {
  chomp: mapText((value) => value.replace(/[\r\n]+$/, '')),
  endswith: define([text('str'), text('suffix')], BOOL, (args) => bool(textAt(args, 0).endsWith(textAt(args, 1)))),
  startswith: define([text('str'), text('prefix')], BOOL, (args) => bool(textAt(args, 0).startsWith(textAt(args, 1)))),
  indent: define([num('spaces'), text('str')], STRING, (args) => string(indent(integerAt(args, 0), textAt(args, 1)))),
  join: define([text('separator')], STRING, join, { variadic: parameter('lists', listOf(STRING)) }),
  lower: mapText(lower),
  upper: mapText(upper),
  title: mapText(title),
  replace: define([text('str'), text('substr'), text('replace')], STRING, (args) =>
    string(textAt(args, 0).replaceAll(textAt(args, 1), () => textAt(args, 2))),
  ),
  split: define([text('separator'), text('str')], listOf(STRING), (args) => split(textAt(args, 0), textAt(args, 1))),
  strrev: mapText((value) => graphemes(value).reverse().join('')),
  substr: define([text('str'), num('offset'), num('length')], STRING, (args) =>
    string(substring(textAt(args, 0), integerAt(args, 1), integerAt(args, 2))),
  ),
  trim: define([text('str'), text('cutset')], STRING, (args) => string(trim(textAt(args, 0), textAt(args, 1)))),
  trimprefix: define([text('str'), text('prefix')], STRING, (args) =>
    string(trimPrefix(textAt(args, 0), textAt(args, 1))),
  ),
  trimsuffix: define([text('str'), text('suffix')], STRING, (args) =>
    string(trimSuffix(textAt(args, 0), textAt(args, 1))),
  ),
  trimspace: mapText((value) => value.replace(SPACE, '')),
  sort: define([parameter('list', listOf(STRING))], listOf(STRING), (args) => {
    const texts = itemsAt(args, 0).map((_, index, items) => textAt(items, index));
    return list(STRING, texts.sort(compareStrings).map(string));
  }),
};

/** What people see as one character. */
export function graphemes(value: string): string[] {
  return Array.from(segmenter.segment(value), ({ segment }) => segment);
}

function indent(spaces: number, value: string): string {
  if (spaces < 0) throw new FunctionFailure('must not be negative', 0);
  return value.replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

function join(args: readonly Value[]): Value {
  const [, ...lists] = args;
  if (lists.length === 0) throw new FunctionFailure('at least one list is required');
  const items = lists.flatMap((_, index) =>
    itemsAt(args, index + 1).map((item) => {
      if (item.kind !== 'string') throw new FunctionFailure('a list of strings without null is required', index + 1);
      return item.value;
    }),
  );
  return string(items.join(textAt(args, 0)));
}

/** Go changes letter by letter: "ß" stays, where JavaScript makes "SS" of it. */
function upper(value: string): string {
  return Array.from(value, (character) => {
    const changed = character.toUpperCase();
    return Array.from(changed).length === 1 ? changed : character;
  }).join('');
}

function lower(value: string): string {
  return Array.from(value, (character) => Array.from(character.toLowerCase())[0] ?? character).join('');
}

/** The first letter of each word, by the rule of Go's strings.Title. */
function title(value: string): string {
  let isWordStart = true;
  return Array.from(value, (character) => {
    const shown = isWordStart ? upper(character) : character;
    isWordStart = isSeparator(character);
    return shown;
  }).join('');
}

function isSeparator(character: string): boolean {
  if (/[\p{L}\p{Nd}_]/u.test(character)) return false;
  return character.charCodeAt(0) < 0x80 || /\s/.test(character);
}

function split(separator: string, value: string): Value {
  return list(STRING, (separator === '' ? Array.from(value) : value.split(separator)).map(string));
}

function substring(value: string, offset: number, length: number): string {
  const all = graphemes(value);
  if (length < -1) throw new FunctionFailure('length should be non-negative or -1 for the rest of the string', 2);
  const start = offset < 0 ? Math.max(0, all.length + offset) : offset;
  return all.slice(start, length === -1 ? undefined : start + length).join('');
}

function trim(value: string, cutset: string): string {
  const cut = new Set(cutset);
  const characters = Array.from(value);
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] ?? '')) start++;
  while (end > start && cut.has(characters[end - 1] ?? '')) end--;
  return characters.slice(start, end).join('');
}

function trimPrefix(value: string, prefix: string): string {
  return value.startsWith(prefix) ? value.slice(prefix.length) : value;
}

function trimSuffix(value: string, suffix: string): string {
  return suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value;
}
