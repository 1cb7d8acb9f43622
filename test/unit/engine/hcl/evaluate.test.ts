import { describe, expect, test } from 'vitest';
import { atlasText } from '../../../../src/engine/diagnostics/atlas-text.ts';
import * as hcl from '../../../../src/engine/hcl/index.ts';

const scope = hcl.scopeOf({
  text: hcl.string('hi'),
  later: hcl.UNKNOWN,
  user: hcl.object({ name: hcl.string('ann'), age: hcl.number(7) }),
  users: hcl.tuple([hcl.object({ name: hcl.string('b') }), hcl.object({ name: hcl.string('a') })]),
  tags: hcl.map(
    hcl.STRING,
    new Map([
      ['z', hcl.string('1')],
      ['a', hcl.string('2')],
    ]),
  ),
  deployment: hcl.object({ fleet: hcl.reference('deployment', ['fleet']) }),
});

function run(text: string): { value: hcl.Value; problems: readonly string[] } {
  const { value: expression, diagnostics } = hcl.parseExpressionText('e.hcl', text);
  const { value, diagnostics: more } = hcl.evaluate(expression, scope, hcl.createFunctions());
  return { value, problems: [...diagnostics, ...more].map(atlasText) };
}

function plain(text: string): hcl.Plain | undefined {
  const { value, problems } = run(text);
  expect(problems).toEqual([]);
  return hcl.toPlain(value);
}

describe('evaluate', () => {
  test.each<[string, hcl.Plain]>(
    [
      ['1 + 2 * 3 - 4 / 2', 5],
      ['(1 + 2) * 3', 9],
      ['-7 % 3', -1],
      ['!true || 1 < 2 && "a" == "a"', true],
      ['1 == "1"', false],
      ['"5" + 1', 6],
      ['text == "hi" ? 1 : "b"', '1'],
      ['null == null', true],
      ['[1, "a", null, [true]]', [1, 'a', null, [true]]],
      ['{ a = 1, "b c" : 2\n (text) = 3 }', { a: 1, 'b c': 2, hi: 3 }],
      ['[for i, u in users : "${i}${u.name}"]', ['0b', '1a']],
      ['[for k, v in tags : "${k}${v}"]', ['a2', 'z1']],
      ['[for n in [1, 2, 3] : n if n != 2]', [1, 3]],
      ['{for u in users : u.name => 1}', { b: 1, a: 1 }],
      ['{for n in [1, 2, 3] : n % 2 => n...}', { 1: [1, 3], 0: [2] }],
      ['users[*].name', ['b', 'a']],
      ['users.*.name', ['b', 'a']],
      ['users[*].name[0]', ['b', 'a'].map((name) => name[0] as string)],
      ['users.*.name[0]', 'b'],
      ['user[*].name', ['ann']],
      ['null[*]', []],
      ['users.0.name', 'b'],
      ['users["1"].name', 'a'],
      ['user["name"]', 'ann'],
      ['"a${text}b"', 'ahib'],
      ['"${user.age}"', 7],
      ['" ${user.age}"', ' 7'],
      ['"$${x} %%{y} \\u00fc\\n"', '${x} %{y} ü\n'],
      ['"%{ if user.age > 5 }old%{ else }young%{ endif }"', 'old'],
      ['"%{ for n in [1, 2] ~} ${n} %{ endfor }|"', '1 2 |'],
      ['<<EOT\n  a\n  ${text}\nEOT', '  a\n  hi\n'],
      ['<<-EOT\n    a\n      b\n\n    ${text}\n  EOT', 'a\n  b\n\nhi\n'],
      ['max([1, 3, 2]...)', 3],
      ['try(user.nope, "else")', 'else'],
      ['can(user.nope)', false],
      ['deployment.fleet', 'deployment.fleet'],
    ].map(([text, value]) => [text as string, value as hcl.Plain]),
  )('%s', (text, expected) => {
    if (text === 'users[*].name[0]') {
      expect(run(text).problems[0]).toContain('This value does not have any indices.');
      return;
    }
    expect(plain(text)).toEqual(expected);
  });

  test('numbers are exact', () => {
    const print = (text: string) => {
      const { value } = run(text);
      return value.kind === 'number' ? hcl.printNumber(value.value) : value.kind;
    };
    expect(print('0.1 + 0.2')).toBe('0.3');
    expect(print('1 / 3 * 3')).toBe('1');
    expect(print('1 / 3')).toBe(`0.${'3'.repeat(154)}`);
    expect(print('12345678901234567890 * 10 + 1')).toBe('123456789012345678901');
    expect(print('1e-3')).toBe('0.001');
    expect(print('1e999999')).toBe('unknown');
  });

  test('keeps the order of attributes as written and iterates by sorted keys', () => {
    const { value } = run('{ z = 1, a = 2, m = 3 }');
    expect(value.kind === 'object' && [...value.entries.keys()]).toEqual(['z', 'a', 'm']);
    expect(hcl.iterate(value)?.map(([key]) => hcl.toPlain(key))).toEqual(['a', 'm', 'z']);
  });

  test('operations on unknowns give unknowns, without complaint', () => {
    for (const text of [
      'later + 1',
      'later.a.b[0]',
      '"x${later}"',
      '[for x in later : x]',
      'later ? 1 : 2',
      'upper(later)',
      'later[*].x',
    ]) {
      expect(run(text)).toMatchObject({ value: { kind: 'unknown' }, problems: [] });
    }
    expect(run('later || true').value).toEqual(hcl.TRUE);
    expect(hcl.toPlain(run('length([later, 1])').value)).toBe(2);
  });

  test('finds the second mistake too, and each once', () => {
    expect(run('1 + "a" + user.nam + local.x + [for n in [1, 2] : nope][0]').problems).toEqual([
      'e.hcl:1,5-8: Invalid operand; Unsuitable value for right operand: a number is required.',
      'e.hcl:1,15-19: Unsupported attribute; This object does not have an attribute named "nam".',
      'e.hcl:1,22-27: Unknown local; There is no variable named "local".',
      'e.hcl:1,51-55: Unknown variable; There is no variable named "nope".',
    ]);
  });

  test.each([
    ['text.x', "Unsupported attribute; Can't access attributes on a primitive-typed value (string)."],
    ['tags.q', 'Missing map element; This map does not have an element with the key "q".'],
    [
      'users[2]',
      'Invalid index; The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection.',
    ],
    [
      'users[0.5]',
      'Invalid index; The given key does not identify an element in this collection value: indexing a sequence requires a whole number, but the given index (0.5) has a fractional part.',
    ],
    ['null.x', 'Attempt to get attribute from null value; This value is null, so it does not have any attributes.'],
    ['1 / 0', 'Division by zero; Cannot divide by zero.'],
    [
      '"a${null}"',
      'Invalid template interpolation value; The expression result is null. Cannot include a null value in a string template.',
    ],
    [
      '"a${users}"',
      'Invalid template interpolation value; Cannot include the given value in a string template: string required.',
    ],
    ['null ? 1 : 2', 'Null condition; The condition value is null. Conditions must either be true or false.'],
    [
      'true ? 1 : [2]',
      'Inconsistent conditional result types; The true and false result expressions must have consistent types.',
    ],
    [
      '[for x in 5 : x]',
      "Iteration over non-iterable value; A value of type number cannot be used as the collection in a 'for' expression.",
    ],
    [
      '{for n in [1, 1] : n => n}',
      'Duplicate object key; Two different items produced the key "1" in this \'for\' expression.',
    ],
    ['{ a.b = 1 }', 'Ambiguous attribute key;'],
    ['uper("x")', 'Call to unknown function; There is no function named "uper". Did you mean "upper"?'],
    ['upper()', 'Not enough function arguments; Function "upper" expects 1 argument. Missing value for "str".'],
    ['upper("a", "b")', 'Too many function arguments; Function "upper" expects only 1 argument.'],
    ['upper([])', 'Invalid function argument; Invalid value for "str" parameter: string required.'],
    ['tex', 'Unknown variable; There is no variable named "tex". Did you mean "text"?'],
  ])('explains %s', (text, expected) => {
    const { problems } = run(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`: ${expected}`);
  });

  test('a lazy object computes an attribute when it is read, and once', () => {
    const asked: string[] = [];
    const local = hcl.lazyObject(['a', 'b'], (name) => {
      asked.push(name);
      return hcl.string(name);
    });
    const { value: expression } = hcl.parseExpressionText('e.hcl', '"${local.a}${local.a}${local.c}"');
    const { diagnostics } = hcl.evaluate(expression, hcl.scopeOf({ local }));
    expect(asked).toEqual(['a']);
    expect(diagnostics.map((diagnostic) => diagnostic.detail)).toEqual([
      'This object does not have an attribute named "c".',
    ]);
  });

  test('a sum of 20,000 terms does not overflow the stack', () => {
    expect(plain(Array.from({ length: 20_000 }, () => '1').join(' + '))).toBe(20_000);
  });
});

describe('freeVariables', () => {
  test('lists roots and paths, without names bound by for and without bare keys', () => {
    const { value } = hcl.parseExpressionText(
      'e',
      '"${data.sql.t.values[0]}" == f(atlas.env, [for k, v in local.m : v.x + k + var.a], { key = b["c"].d[i] })',
    );
    expect(hcl.freeVariables(value).map(({ root, path }) => [root, ...path].join('.'))).toEqual([
      'data.sql.t.values.0',
      'atlas.env',
      'local.m',
      'var.a',
      'i',
      'b.c.d',
    ]);
  });
});

describe('parseType', () => {
  const typeOf = (text: string) => {
    const { type, diagnostics } = hcl.parseType(hcl.parseExpressionText('e', text).value);
    return type === undefined ? diagnostics.map((diagnostic) => diagnostic.detail) : type;
  };

  test('reads primitive and nested types', () => {
    expect(typeOf('int')).toEqual(hcl.NUMBER);
    expect(typeOf('list(set(map(string)))')).toEqual(hcl.listOf(hcl.setOf(hcl.mapOf(hcl.STRING))));
    expect(typeOf('tuple([bool, any])')).toEqual({ kind: 'tuple', elements: [hcl.BOOL, hcl.ANY] });
    expect(typeOf('object({ a = string })')).toEqual({ kind: 'object', attributes: new Map([['a', hcl.STRING]]) });
  });

  test('refuses what is no type', () => {
    expect(typeOf('"string"')).toHaveLength(1);
    expect(typeOf('strin')).toEqual(['The keyword "strin" is not a valid type specification.']);
    expect(typeOf('list()')).toHaveLength(1);
  });
});

describe('convert', () => {
  const to = (value: hcl.Value, type: hcl.Type) => {
    const converted = hcl.convert(value, type);
    return 'value' in converted ? hcl.toPlain(converted.value) : converted.problem;
  };

  test('goes by the rules of cty', () => {
    expect(to(hcl.string('5'), hcl.NUMBER)).toBe(5);
    expect(to(hcl.string('x'), hcl.NUMBER)).toBe('a number is required');
    expect(to(hcl.string('True'), hcl.BOOL)).toBe('a bool is required; to convert from string, use lowercase "true"');
    expect(to(hcl.tuple([hcl.number(2), hcl.number(1), hcl.number(2)]), hcl.setOf(hcl.STRING))).toEqual(['1', '2']);
    expect(to(hcl.tuple([hcl.string('b')]), hcl.listOf(hcl.NUMBER))).toBe('element 0: a number is required');
    expect(to(hcl.object({}), { kind: 'object', attributes: new Map([['a', hcl.STRING]]) })).toBe(
      'attribute "a" is required',
    );
    expect(to(hcl.object({ a: hcl.number(1), b: hcl.string('x') }), hcl.mapOf(hcl.ANY))).toEqual({ a: '1', b: 'x' });
  });

  test('orders strings by code points, not UTF-16 units', () => {
    expect(hcl.toPlain(hcl.set(hcl.STRING, [hcl.string('\u{1f600}'), hcl.string('\uff5e'), hcl.string('a')]))).toEqual([
      'a',
      '\uff5e',
      '\u{1f600}',
    ]);
  });
});
