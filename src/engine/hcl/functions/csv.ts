import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { ANY, listOf, STRING } from '../values/type.ts';
import { list, object, string } from '../values/value.ts';
import { define, type FunctionTable, text, textAt } from './define.ts';

export const CSV_FUNCTIONS: FunctionTable = {
  csvdecode: define([text('str')], listOf(ANY), (args) => {
    const [header, ...records] = readCsv(textAt(args, 0));
    if (header === undefined) throw new FunctionFailure('missing header line', 0);
    const duplicate = header.find((name, index) => header.indexOf(name) !== index);
    if (duplicate !== undefined) throw new FunctionFailure(`duplicate column name ${JSON.stringify(duplicate)}`, 0);
    const rows = records.map((record, index) => {
      if (record.length !== header.length) {
        throw new FunctionFailure(`record on line ${index + 2}: wrong number of fields`, 0);
      }
      return object(new Map(header.map((name, column) => [name, string(record[column] ?? '')])));
    });
    return list({ kind: 'object', attributes: new Map(header.map((name) => [name, STRING])) }, rows);
  }),
};

const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** RFC 4180: quotes double within quotes; empty lines are left out. */
function readCsv(source: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < source.length || record.length > 0) {
    FIELD.lastIndex = at;
    const match = FIELD.exec(source);
    if (match === null) throw new FunctionFailure(`parse error at offset ${at}: bare or unclosed quote`, 0);
    const [whole, quoted, bare, end] = match;
    record.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    at += whole.length;
    if (end === ',') continue;
    const isEmptyLine = record.length === 1 && quoted === undefined && bare === '';
    if (!isEmptyLine) records.push(record);
    record = [];
  }
  return records;
}
