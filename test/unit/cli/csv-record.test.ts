import { describe, expect, it } from 'vitest';
import { parseCsvRecord } from '../../../src/cli/csv-record.ts';

describe('parseCsvRecord', () => {
  it.each([
    ['a=b', ['a=b']],
    ['a=b,c=d', ['a=b', 'c=d']],
    ['"a=b,c"', ['a=b,c']],
    ['"a=""b""",c', ['a="b"', 'c']],
    ['a,', ['a', '']],
    ['', ['']],
    ['a"b', ['a"b']],
    ['"open', ['open']],
  ])('reads %s', (text, fields) => {
    expect(parseCsvRecord(text)).toEqual(fields);
  });
});
