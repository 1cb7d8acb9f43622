import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computePending,
  type ExecOrder,
  hashDirectory,
  openDirectory,
  type RevisionMark,
  readUnverified,
  SCAN_OPTIONS,
  type ScannerName,
  scanText,
} from '../../src/engine/index.ts';

const DIALECTS = Object.keys(SCAN_OPTIONS) as readonly ScannerName[];
/** Everything that means something to a scanner, and some that means nothing. */
const TOKENS = [
  ...['(', ')', "'", '"', '`', ';', ' ', '\n', '\\', '$$', '$a$', '--', '#', '/*', '*/', 'E', 'x', '1', '🚢'],
  ...[
    'BEGIN ',
    'BEGIN ATOMIC ',
    'BEGIN TRY ',
    'END TRY ',
    'END CATCH ',
    'END',
    'END;',
    'CASE ',
    'GO',
    '\nGO\n',
    'DELIMITER //\n',
    '//',
  ],
];
const anyText = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }).map((tokens) => tokens.join(''));

describe('scanText', () => {
  it('gives texts that stand at their offsets, in order, without overlap, for any input', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...DIALECTS), (source, dialect) => {
        const scanned = scanText(source, SCAN_OPTIONS[dialect]);
        if ('problem' in scanned) return;
        let end = 0;
        for (const { text, offset } of scanned.statements) {
          expect(source.slice(offset, offset + text.length)).toBe(text);
          expect(offset).toBeGreaterThanOrEqual(end);
          expect(text).toBe(text.trim());
          end = offset + text.length;
        }
      }),
      { numRuns: 20_000 },
    );
  });
  it('places every mistake inside the text', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...DIALECTS), (source, dialect) => {
        const scanned = scanText(source, SCAN_OPTIONS[dialect]);
        if (!('problem' in scanned)) return;
        const line = source.split('\n')[scanned.problem.line - 1];
        expect(scanned.problem.column).toBeGreaterThan(0);
        expect(scanned.problem.column).toBeLessThanOrEqual(Array.from(line ?? '').length + 1);
      }),
      { numRuns: 20_000 },
    );
  });
  it('finds the statements that a file was made of', () => {
    const piece = fc.constantFrom(
      'SELECT 1',
      "INSERT INTO t VALUES ('a;b''c')",
      'CREATE TABLE t (a int, /* ; */ b int)',
      'UPDATE "x;y" SET z = 2',
    );
    const gap = fc.constantFrom('', '\n', '\n\n', ' -- it; is\n', '\n/* a; b */\n', '\n-- c\n\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(gap, piece)),
        gap,
        fc.constantFrom<ScannerName>('postgres', 'mysql', 'sqlite', 'generic'),
        (parts, last, dialect) => {
          const source = parts.map(([before, text]) => `${before}${text};`).join('') + last;
          const scanned = scanText(source, SCAN_OPTIONS[dialect]);
          expect('statements' in scanned && scanned.statements.map(({ text }) => text)).toEqual(
            parts.map(([, text]) => `${text};`),
          );
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('atlas.sum', () => {
  const files = fc.dictionary(fc.stringMatching(/^[0-9a-z_]{1,6}\.sql$/), fc.string(), { minKeys: 1, maxKeys: 6 });
  it('of a directory lets it pass, and any change is found', () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.string({ minLength: 1 }), (texts, pick, added) => {
        const sum = hashDirectory(texts, 'atlas');
        expect(openDirectory({ ...texts, 'atlas.sum': sum }, 'atlas')).toHaveProperty('directory');
        const names = Object.keys(texts).toSorted();
        const name = names[pick % names.length] ?? '';
        const edited = openDirectory({ ...texts, [name]: `${texts[name]}${added}`, 'atlas.sum': sum }, 'atlas');
        expect(edited).toMatchObject({
          checksumError: { diagnosis: { file: name, reason: 'edited', line: names.indexOf(name) + 2 } },
        });
        const { [name]: _gone, ...rest } = texts;
        expect(openDirectory({ ...rest, 'atlas.sum': sum }, 'atlas')).toMatchObject({
          checksumError: { diagnosis: { file: name, reason: 'removed' } },
        });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('computePending', () => {
  const versions = fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 });
  const row = (version: string): RevisionMark => ({
    version,
    description: '',
    type: 2,
    applied: 1,
    total: 1,
    partialHashes: null,
  });
  it('never gives a file twice or one that has a row, and applying what it gives leaves nothing', () => {
    fc.assert(
      fc.property(
        versions,
        fc.subarray([...Array(20).keys()]),
        fc.constantFrom<ExecOrder>('linear', 'linear-skip', 'non-linear'),
        (all, done, execOrder) => {
          const directory = readUnverified(
            Object.fromEntries(all.map((v) => [`${String(v).padStart(2, '0')}.sql`, ''])),
            'atlas',
          );
          let revisions = all.filter((v) => done.includes(v)).map((v) => row(String(v).padStart(2, '0')));
          const pending = computePending({ directory, revisions, execOrder, clean: true });
          if (pending.kind === 'refused') {
            expect(execOrder).toBe('linear');
            return;
          }
          const given = pending.files.map(({ version }) => version);
          expect(new Set(given).size).toBe(given.length);
          expect(given.filter((v) => revisions.some(({ version }) => version === v))).toEqual([]);
          if (execOrder === 'non-linear') {
            const oldest = revisions.map(({ version }) => version).toSorted()[0] ?? '';
            const wanted = directory.files.map(({ version }) => version).filter((v) => v > oldest);
            expect(given).toEqual(wanted.filter((v) => revisions.every(({ version }) => version !== v)));
          }
          revisions = [...revisions, ...given.map(row)];
          expect(
            computePending({
              directory,
              revisions,
              execOrder: execOrder === 'linear' ? 'non-linear' : execOrder,
              clean: true,
            }),
          ).toMatchObject({ files: [] });
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
