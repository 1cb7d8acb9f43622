import { expect, test } from 'vitest';
import { atlasText } from '../../../../src/engine/diagnostics/atlas-text.ts';
import type { Diagnostic } from '../../../../src/engine/diagnostics/diagnostic.ts';
import { nearestName } from '../../../../src/engine/diagnostics/nearest-name.ts';
import { renderDiagnostic } from '../../../../src/engine/diagnostics/render-diagnostic.ts';
import { SourceText } from '../../../../src/engine/diagnostics/source-text.ts';

const TEXT = 'env "a" {\n\turl = local.x # 😀\n}\r\nlast = 1';
const source = new SourceText('a.hcl', TEXT);
const diagnostic: Diagnostic = {
  code: 'HCL_UNKNOWN_VARIABLE',
  severity: 'error',
  summary: 'Unknown local',
  detail: 'There is no variable named "local".',
  hint: 'Did you mean "locals"?',
  subject: source.range(17, 22),
};

test('shows file, line, column, the code around with the place marked, detail and hint', () => {
  expect(renderDiagnostic(diagnostic, new Map([['a.hcl', TEXT]]))).toBe(
    [
      'Error: Unknown local',
      '  --> a.hcl:2:8',
      '',
      '    1 | env "a" {',
      '  > 2 | \turl = local.x # 😀',
      '      | \t      ^^^^^',
      '    3 | }',
      '',
      '  There is no variable named "local".',
      '  Did you mean "locals"?',
    ].join('\n'),
  );
});

test('paints only when asked, and names a file it has no text of', () => {
  expect(renderDiagnostic(diagnostic, new Map([['a.hcl', source]]), { colour: true })).toContain(
    '\u001b[31m^^^^^\u001b[0m',
  );
  expect(renderDiagnostic(diagnostic, new Map())).toBe(
    'Error: Unknown local\n  --> a.hcl:2:8\n  There is no variable named "local".\n  Did you mean "locals"?',
  );
});

test("Atlas's line has the range and no hint", () => {
  expect(atlasText(diagnostic)).toBe('a.hcl:2,8-13: Unknown local; There is no variable named "local".');
  expect(atlasText({ ...diagnostic, subject: source.range(9, 34) })).toMatch(/^a\.hcl:1,10-4,\d+: /);
});

test('positions are counted in code points, at any offset', () => {
  expect(source.position(29)).toEqual({ offset: 29, line: 2, column: 19 });
  expect(source.position(TEXT.length + 99)).toMatchObject({ line: 4, column: 9 });
  expect(source.line(3)).toBe('}');
  expect(source.line(5)).toBeUndefined();
});

test('a name is suggested only where it is near', () => {
  expect(nearestName('nam', ['name', 'age'])).toBe('name');
  expect(nearestName('emial', ['email'])).toBe('email');
  expect(nearestName('zzz', ['name', 'age'])).toBeUndefined();
});
