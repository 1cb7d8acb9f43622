import { describe, expect, test } from 'vitest';
import { atlasText } from '../../../../src/engine/diagnostics/atlas-text.ts';
import { findAttribute, findBlocks, parseFile, rangeOf } from '../../../../src/engine/hcl/index.ts';

const problems = (text: string) => parseFile('bad.hcl', text).diagnostics.map(atlasText);

describe('parseFile', () => {
  test('reads blocks with labels of both kinds, in order, with their places', () => {
    const { value, diagnostics } = parseFile(
      'a.hcl',
      'env "prod" eu {\n  url = "x"\n  migration {\n  }\n}\nenv {\n}\nlocals { a = 1 }\n',
    );
    expect(diagnostics).toEqual([]);
    expect(value.blocks.map((block) => [block.type, block.labels.map((label) => label.value)])).toEqual([
      ['env', ['prod', 'eu']],
      ['env', []],
      ['locals', []],
    ]);
    const [env] = findBlocks(value, 'env');
    expect(findBlocks(env!.body, 'migration')).toHaveLength(1);
    expect(rangeOf(findAttribute(env!.body, 'url')!)).toEqual({
      file: 'a.hcl',
      start: { offset: 18, line: 2, column: 3 },
      end: { offset: 27, line: 2, column: 12 },
    });
  });

  test('takes comments of all three kinds wherever space may stand', () => {
    const { value, diagnostics } = parseFile(
      'a.hcl',
      '# one\n// two\n/* three\n*/ a = /* in */ 1 # end\nb = [ # c\n 1, // d\n]\nc = 2 // no newline',
    );
    expect(diagnostics).toEqual([]);
    expect(value.attributes.map((attribute) => attribute.name)).toEqual(['a', 'b', 'c']);
  });

  test('counts columns in code points and survives CRLF and a byte order mark', () => {
    const { value, diagnostics } = parseFile('a.hcl', '\ufeffa = "😀" + ü\r\nb = 1\r\n');
    expect(diagnostics).toEqual([]);
    expect(rangeOf(value.attributes[0]!.value).end.column).toBe(13);
    expect(rangeOf(value.attributes[1]!).start).toMatchObject({ line: 2, column: 1 });
  });

  test('says what Atlas says of an attribute without a value', () => {
    expect(problems('locals {\n  abc = \n}\n')).toEqual([
      'bad.hcl:2,9-3,1: Invalid expression; Expected the start of an expression, but found an invalid expression token.',
    ]);
  });

  test('finds all mistakes in one go, each at its place', () => {
    const found = problems(
      [
        'locals {',
        '  a = [1, 2',
        '  b = { c = = 2, d = 3 }',
        '  e = "x ${1 +} y"',
        '  f = 1 2',
        '}',
        'env {',
        '  name = "a',
        '}',
        'foo bar = {',
        '  a = 1',
        '}',
        'z = 1',
        'z = 2',
        'y "x" { a = 1 b = 2 }',
        'fine { a = 1 }',
        'last = (1',
        '',
      ].join('\n'),
    );
    expect(found.map((text) => text.replace(/^bad\.hcl:(\d+),.*?: (.*?);.*$/s, '$1 $2'))).toEqual([
      '3 Missing item separator',
      '4 Invalid expression',
      '5 Missing newline after argument',
      '8 Invalid multi-line string',
      '10 Invalid block definition',
      '14 Attribute redefined',
      '15 Invalid single-argument block definition',
      '18 Unbalanced parentheses',
    ]);
  });

  test('reads what stands behind a mistake', () => {
    const { value } = parseFile('a.hcl', 'a = {\n  x = = 1\n  y = 2\n}\nb = 3\n');
    expect(value.attributes.map((attribute) => [attribute.name, attribute.value.kind])).toEqual([
      ['a', 'Invalid'],
      ['b', 'NumberLiteral'],
    ]);
  });

  test.each([
    ['a = 1 & 2', 'Unsupported operator; Bitwise operators are not supported. Did you mean boolean AND ("&&")?'],
    ["a = 'x'", 'Invalid character; Single quotes are not valid. Use double quotes (") to enclose strings.'],
    ['a = 1;', 'Invalid character; The ";" character is not valid.'],
    ['"a" = 1', 'Invalid argument name; Argument names must not be quoted.'],
    ['a {', 'Unclosed configuration block; There is no closing brace for this block before the end of the file.'],
    ['a', 'Argument or block definition required;'],
    ['a = <<EOT\nx', 'Unterminated template string; No closing marker was found for the string'],
    ['a = "${x', 'Unclosed template interpolation sequence;'],
    [
      'a = "%{ if x }y"',
      'Unexpected end of template; The if directive at bad.hcl:1,6-15 is missing its corresponding endif directive.',
    ],
    ['a = "%{ endfor }"', 'Unexpected endfor directive; The control directives within this template are unbalanced.'],
    ['a = "\\q"', 'Invalid escape sequence; The symbol "q" is not a valid escape sequence selector.'],
    ['a = x.*.y.*.z', 'Nested splat expression not allowed;'],
    ['a = f(1 2)', 'Missing argument separator; A comma is required to separate each function argument from the next.'],
    ['a = true ? 1', 'Missing false expression in conditional;'],
    ['a = { b }', 'Missing key/value separator;'],
    [
      'a = [for x y : z]',
      "Invalid 'for' expression; For expression requires the 'in' keyword after its name declarations.",
    ],
    [`a = ${'('.repeat(2000)}`, 'Expression too deeply nested;'],
  ])('explains %j', (text, expected) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`: ${expected}`);
  });

  test('does not throw, whatever is cut off', () => {
    const text = 'a "b" {\n  c = "x ${f(1, [2, {d = <<-EOT\n   %{ if x ~}\n y ${z}\n  %{ endif }\n EOT\n}])} w"\n}\n';
    expect(problems(text)).toEqual([]);
    for (let end = 0; end < text.length; end++) expect(() => parseFile('a.hcl', text.slice(0, end))).not.toThrow();
    for (let at = 0; at < text.length; at++)
      expect(() => parseFile('a.hcl', text.slice(0, at) + text.slice(at + 1))).not.toThrow();
  });
});
