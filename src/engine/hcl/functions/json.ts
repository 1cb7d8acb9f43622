/** JSON with exact numbers and Go's escapes. JSON.parse would round what has more than 53 bits. */
import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { sortedKeys } from '../values/compare-values.ts';
import { parseNumber, printNumber } from '../values/exact-number.ts';
import { ANY, STRING } from '../values/type.ts';
import { bool, NULL, number, object, string, tuple, type Value } from '../values/value.ts';
import { define, type FunctionTable, nullable, parameter, text, textAt, valueAt } from './define.ts';

export const JSON_FUNCTIONS: FunctionTable = {
  jsondecode: define([text('str')], ANY, (args) => decodeJson(textAt(args, 0))),
  jsonencode: define([nullable(parameter('val'))], STRING, (args) => string(encodeJson(valueAt(args, 0)))),
};

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING_TEXT = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const DEEPEST = 500;

interface Reader {
  readonly text: string;
  at: number;
}

function decodeJson(source: string): Value {
  const reader: Reader = { text: source, at: 0 };
  const value = readValue(reader, 0);
  skipSpace(reader);
  if (reader.at < source.length) throw bad(reader, 'extra characters after the value');
  return value;
}

function readValue(reader: Reader, depth: number): Value {
  if (depth > DEEPEST) throw bad(reader, 'too deeply nested');
  skipSpace(reader);
  const { text: source, at } = reader;
  switch (source[at]) {
    case '{':
      return readObject(reader, depth);
    case '[':
      return readArray(reader, depth);
    case '"':
      return string(readString(reader));
    default:
      break;
  }
  for (const [word, value] of WORDS) {
    if (source.startsWith(word, at)) {
      reader.at += word.length;
      return value;
    }
  }
  const digits = take(reader, NUMBER);
  const value = digits === undefined ? undefined : parseNumber(digits);
  if (value === undefined) throw bad(reader, 'a value is expected');
  return number(value);
}

const WORDS: readonly (readonly [string, Value])[] = [
  ['true', bool(true)],
  ['false', bool(false)],
  ['null', NULL],
];

function readObject(reader: Reader, depth: number): Value {
  const entries = new Map<string, Value>();
  reader.at++;
  if (takeMark(reader, '}')) return object(entries);
  do {
    skipSpace(reader);
    const name = readString(reader);
    if (!takeMark(reader, ':')) throw bad(reader, 'a colon is expected');
    entries.set(name, readValue(reader, depth + 1));
  } while (takeMark(reader, ','));
  if (!takeMark(reader, '}')) throw bad(reader, 'a comma or a closing brace is expected');
  return object(entries);
}

function readArray(reader: Reader, depth: number): Value {
  const items: Value[] = [];
  reader.at++;
  if (takeMark(reader, ']')) return tuple(items);
  do items.push(readValue(reader, depth + 1));
  while (takeMark(reader, ','));
  if (!takeMark(reader, ']')) throw bad(reader, 'a comma or a closing bracket is expected');
  return tuple(items);
}

function readString(reader: Reader): string {
  const quoted = take(reader, STRING_TEXT);
  if (quoted === undefined) throw bad(reader, 'a string is expected');
  try {
    return String(JSON.parse(quoted));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw bad(reader, 'the string before it has an escape or a control character that is not allowed');
    throw error;
  }
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  if (found !== undefined) reader.at += found.length;
  return found;
}

function takeMark(reader: Reader, mark: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== mark) return false;
  reader.at++;
  return true;
}

function skipSpace(reader: Reader): void {
  take(reader, SPACE);
}

function bad(reader: Reader, what: string): FunctionFailure {
  return new FunctionFailure(`invalid JSON at offset ${reader.at}: ${what}`, 0);
}

/** Without spaces, keys sorted, with `<`, `>` and `&` escaped as Go's encoding/json does. References do not go into JSON. */
export function encodeJson(value: Value): string {
  switch (value.kind) {
    case 'string':
      return quote(value.value);
    case 'number':
      return printNumber(value.value);
    case 'bool':
      return String(value.value);
    case 'null':
      return 'null';
    case 'tuple':
    case 'list':
    case 'set':
      return `[${value.items.map(encodeJson).join(',')}]`;
    case 'object':
    case 'map':
      return `{${sortedKeys(value.entries)
        .flatMap((name) => {
          const entry = value.entries.get(name);
          return entry === undefined ? [] : [`${quote(name)}:${encodeJson(entry)}`];
        })
        .join(',')}}`;
    default:
      throw new FunctionFailure(`a ${value.kind} value cannot be written as JSON`, 0);
  }
}

function quote(value: string): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
