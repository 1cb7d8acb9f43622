import { describe, expect, it } from 'vitest';
import {
  type ChecksumError,
  hashDirectory,
  openDirectory,
  partialHashes,
  printChecksumNotice,
} from '../../../../src/engine/index.ts';

const A = 'CREATE TABLE t (id int);\n';
const B = 'ALTER TABLE t ADD COLUMN c int;\n';
const FILES = { '2_b.sql': B, '1_a.sql': A };
const SUM = `h1:jgY2bzSsE0HDBsqPtq0Hri8caD1MVVT653Vchgp+194=
1_a.sql h1:RyL1nDQ6LvKjltyMld6lIILdIMAYseO5LygOKjzFtaU=
2_b.sql h1:sxLwHqeFahZRcBBDnVs8QdjO+GBpXmMkZHimO3YUu1Y=
`;

const errorOf = (files: Record<string, string>): ChecksumError | undefined => {
  const opened = openDirectory(files, 'atlas');
  return 'checksumError' in opened ? opened.checksumError : undefined;
};
const withSum = (files: Record<string, string>): Record<string, string> => ({ 'atlas.sum': SUM, ...files });

describe('atlas.sum', () => {
  it('is computed byte for byte', () => {
    expect(hashDirectory(FILES, 'atlas')).toBe(SUM);
  });
  it('of an empty directory is one line', () => {
    expect(hashDirectory({}, 'atlas')).toBe('h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n');
  });
  it('takes only the name of a file that says sum ignore', () => {
    const one = hashDirectory({ '1.sql': '-- atlas:sum ignore\nSELECT 1;', '2.sql': 'x' }, 'atlas');
    expect(one).toBe(hashDirectory({ '1.sql': '-- atlas:sum ignore\nSELECT 2;', '2.sql': 'x' }, 'atlas'));
    expect(one.split('\n')[1]).toMatch(/^2\.sql h1:/);
  });
  it('lets a sound directory pass, with the digest of the sum', () => {
    const opened = openDirectory(withSum(FILES), 'atlas');
    expect('directory' in opened && opened.directory.digest).toBe(SUM.split('\n')[0]);
    expect(
      'directory' in opened &&
        opened.directory.files.map(({ version, description, hash }) => ({ version, description, hash })),
    ).toEqual([
      { version: '1', description: 'a', hash: 'RyL1nDQ6LvKjltyMld6lIILdIMAYseO5LygOKjzFtaU=' },
      { version: '2', description: 'b', hash: 'sxLwHqeFahZRcBBDnVs8QdjO+GBpXmMkZHimO3YUu1Y=' },
    ]);
  });
  it('is not needed where there are no files', () => {
    expect(errorOf({ 'README.md': 'x' })).toBeUndefined();
    expect(errorOf(FILES)).toEqual({ message: 'checksum file not found' });
  });
  it('names the file that was edited, removed or added, and the line', () => {
    expect(errorOf(withSum({ ...FILES, '2_b.sql': `${B} ` }))?.diagnosis).toEqual({
      line: 3,
      file: '2_b.sql',
      reason: 'edited',
    });
    expect(errorOf(withSum({ '2_b.sql': B }))?.diagnosis).toEqual({ line: 2, file: '1_a.sql', reason: 'removed' });
    expect(errorOf(withSum({ ...FILES, '1_aa.sql': '' }))?.diagnosis).toEqual({
      line: 3,
      file: '1_aa.sql',
      reason: 'added',
    });
    expect(errorOf(withSum({ ...FILES, '3.sql': '' }))?.diagnosis).toEqual({ line: 4, file: '3.sql', reason: 'added' });
  });
  it('is refused where it is malformed or does not fit itself', () => {
    expect(errorOf({ ...FILES, 'atlas.sum': 'hello' })).toEqual({ message: 'checksum file format invalid' });
    expect(errorOf({ ...FILES, 'atlas.sum': `${SUM}3.sql\n` })).toEqual({ message: 'checksum file format invalid' });
    expect(errorOf({ ...FILES, 'atlas.sum': SUM.replace('RyL1', 'RyL2') })).toEqual({ message: 'checksum mismatch' });
  });
  it('orders names by their bytes', () => {
    const lines = hashDirectory(
      { '1_\u{1f6a2}.sql': '', '1_\uffee.sql': '', '10.sql': '', '1_Z.sql': '', '1_a.sql': '' },
      'atlas',
    ).split('\n');
    expect(lines.slice(1, -1).map((line) => line.split(' ')[0])).toEqual([
      '10.sql',
      '1_Z.sql',
      '1_a.sql',
      '1_\uffee.sql',
      '1_\u{1f6a2}.sql',
    ]);
  });
  it('prints the notice with and without a line', () => {
    expect(
      printChecksumNotice({ message: 'checksum mismatch', diagnosis: { line: 3, file: 'x.sql', reason: 'removed' } }),
    ).toBe(
      "You have a checksum error in your migration directory.\n\n\tL3: x.sql was removed\n\nPlease check your migration files and run 'atlas migrate hash' to re-hash the contents\n\n",
    );
    expect(printChecksumNotice({ message: 'checksum file not found' })).toBe(
      "You have a checksum error in your migration directory.\nPlease check your migration files and run 'atlas migrate hash' to re-hash the contents\n\n",
    );
  });
});

describe('partialHashes', () => {
  it('gives the rolling hashes of the vector', () => {
    expect(partialHashes([A.trim(), B.trim()])).toEqual([
      'h1:MqHbAvZWFUvn+jWeSHim8ncO6SadWY8FV8lAaQ1hSiM=',
      'h1:U9paKiojqxLJxMgV746gAaKOhjvzhpy9AGAK4DJpd94=',
    ]);
  });
});
