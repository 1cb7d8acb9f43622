import { describe, expect, test } from 'vitest';
import * as hcl from '../../../../src/engine/hcl/index.ts';

const printed: string[] = [];
const FILES: Readonly<Record<string, string>> = {
  'a.sql': 'select 1',
  'sub/b.sql': '',
  'sub/deep/c.sql': '',
  'sub/d.txt': '',
};
const functions = hcl.createFunctions({
  readFile: (path) => {
    const text = FILES[path];
    return text === undefined ? { problem: `open ${path}: no such file or directory` } : { text };
  },
  listFiles: (folder) =>
    Object.keys(FILES).flatMap((path) =>
      folder === '' ? [path] : path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
    ),
  getenv: (name) => (name === 'HOME' ? '/root' : undefined),
  print: (text) => printed.push(text),
});

function run(text: string) {
  const { value: expression, diagnostics } = hcl.parseExpressionText('e', text);
  expect(diagnostics).toEqual([]);
  return hcl.evaluate(expression, hcl.EMPTY_SCOPE, functions);
}

test.each<readonly [string, hcl.Plain]>([
  ['[abs(-2.5), ceil(1.2), floor(-1.2), signum(-3), pow(2, 10), pow(4, 0.5), log(8, 2)]', [2.5, 2, -2, -1, 1024, 2, 3]],
  ['[max(1, 3, 2), min(1, 3, 2), parseint("-ff", 16), parseint("Z", 62)]', [3, 1, -255, 61]],
  [
    '[chomp("a\\r\\n\\n"), endswith("ab", "b"), startswith("ab", "b"), indent(2, "a\\nb")]',
    ['a', true, false, 'a\n  b'],
  ],
  [
    '[join(",", ["a", 1], ["c"]), split(",", "a,b"), lower("ÄB"), upper("ß"), title("one two-three_x")]',
    ['a,1,c', ['a', 'b'], 'äb', 'ß', 'One Two-Three_x'],
  ],
  [
    '[replace("a.b.c", ".", "$&"), strrev("añ"), substr("hello", 1, 3), substr("hello", -3, -1)]',
    ['a$&b$&c', 'ña', 'ell', 'llo'],
  ],
  [
    '[trim("?!x!?", "!?"), trimprefix("abc", "a"), trimsuffix("abc", "c"), trimspace("\\t x \\n")]',
    ['x', 'bc', 'ab', 'x'],
  ],
  ['regex("(?P<y>\\\\d{4})-(?P<m>\\\\d\\\\d)", "on 2024-05-01")', { y: '2024', m: '05' }],
  [
    '[regex("[[:alpha:]]+", "1ab2"), regex("(a)(b)?", "a"), regexall("\\\\pL", "aß1")]',
    ['ab', ['a', null], ['a', 'ß']],
  ],
  [
    '[regexreplace("aXbX", "(?i)x", "<$0>"), regexreplace("ab", "(?P<l>a)", "$${l}2"), regexpescape("a.b[c]")]',
    ['a<X>b<X>', 'a2b', 'a\\.b\\[c\\]'],
  ],
  [
    'format("%s|%5d|%-3s|%03d|%.2f|%x|%t|%v|%#v|%q|%%", "a", 7, "b", 5, 1.005, 255, true, 1.5, ["x"], "q")',
    'a|    7|b  |005|1.00|ff|true|1.5|["x"]|"q"|%',
  ],
  [
    '[format("%[2]s%[1]s", "a", "b"), format("%e", 12345.678), format("%g", 1e21), format("%+d", 3)]',
    ['ba', '1.234568e+04', '1e+21', '+3'],
  ],
  ['formatlist("%s-%d", ["a", "b"], 1)', ['a-1', 'b-1']],
  ['[alltrue([true, 1]), alltrue([]), anytrue([false, true])]', [false, true, true]],
  [
    '[chunklist([1, 2, 3], 2), coalescelist([], [1]), compact(["a", "", null]), concat([1], ["a"])]',
    [[[1, 2], [3]], [1], ['a'], [1, 'a']],
  ],
  [
    '[contains(["a"], "a"), contains([1], "1"), distinct([1, 2, 1]), element(["a", "b"], 3), empty([]), flatten([[1, [2]], [], 3])]',
    [true, false, [1, 2], 'b', true, [1, 2, 3]],
  ],
  [
    '[index(["a", "b"], 1), keys({b = 1, a = 2}), values({b = 1, a = 2}), length({a = 1}), length("añ")]',
    ['b', ['a', 'b'], [2, 1], 1, 2],
  ],
  [
    '[merge({a = 1}, null, {b = 2, a = 3}), range(3), range(1, 4), range(5, 0, -2), reverse([1, 2]), slice([1, 2, 3], 1, 3)]',
    [{ a: 3, b: 2 }, [0, 1, 2], [1, 2, 3], [5, 3, 1], [2, 1], [2, 3]],
  ],
  [
    '[setintersection([1, 2], [2, 3]), setunion(["b"], ["a"]), setsubtract([1, 2], [2]), setproduct(["a"], [1, 2]), sort(["b", "a"]), zipmap(["k"], [1])]',
    [
      [2],
      ['a', 'b'],
      [1],
      [
        ['a', 1],
        ['a', 2],
      ],
      ['a', 'b'],
      { k: 1 },
    ],
  ],
  [
    'csvdecode("id,name\\n1,\\"x, \\"\\"y\\"\\"\\"\\n\\n2,z\\n")',
    [
      { id: '1', name: 'x, "y"' },
      { id: '2', name: 'z' },
    ],
  ],
  [
    '[jsonencode({b = [1, null, "<a>"], a = 12345678901234567890}), jsondecode("{\\"a\\": [1.5, \\"\\\\u00fc\\", true]}")]',
    ['{"a":12345678901234567890,"b":[1,null,"\\u003ca\\u003e"]}', { a: [1.5, 'ü', true] }],
  ],
  [
    'yamldecode("a: &x [1, yes, 0x10]\\nb: *x\\nc:\\n  <<: {d: 1}\\n  e: ~\\n")',
    { a: [1, 'yes', 16], b: [1, 'yes', 16], c: { d: 1, e: null } },
  ],
  ['yamlencode({b = [1, "x", {c = null}], a = "l1\\nl2\\n"})', '"a": |\n  l1\n  l2\n"b":\n- 1\n- "x"\n- "c": null\n'],
  ['yamldecode(yamlmerge("a: {x: 1, y: 2}\\nl: [1]", "a: {y: 3}\\nl: [2]"))', { a: { x: 1, y: 3 }, l: [2] }],
  [
    '[formatdate("EEE, DD MMM YYYY hh:mm:ss ZZZ", "2018-01-02T23:12:01Z"), formatdate("H\'h\'mm AA Z", "2018-01-02T23:12:01+05:30")]',
    ['Tue, 02 Jan 2018 23:12:01 UTC', '11h12 PM +05:30'],
  ],
  [
    '[timeadd("2017-11-22T00:00:00Z", "10m"), timeadd("2020-02-28T23:30:00-01:00", "48h")]',
    ['2017-11-22T00:10:00Z', '2020-03-01T23:30:00-01:00'],
  ],
  [
    '[tobool("true"), tolist(["a", 1]), tonumber("1.5"), toset(["b", "a", "b"]), tostring(1.50)]',
    [true, ['a', '1'], 1.5, ['a', 'b'], '1.5'],
  ],
  [
    '[urlescape("&pass? ü"), urlqueryset("postgres://u:p%40@h:5432/db?z=1&a=2", "search_path", "t 1"), urlsetpath("mysql://root@h:3306", "a b"), urluserinfo("postgres://h/db", "us er", "p:w")]',
    [
      '%26pass%3F+%C3%BC',
      'postgres://u:p%40@h:5432/db?a=2&search_path=t+1&z=1',
      'mysql://root@h:3306/a%20b',
      'postgres://us%20er:p%3Aw@h/db',
    ],
  ],
  [
    '[urlsetpath("sqlite://x.db?_fk=1", "/y"), urlqueryset("sqlserver://sa@h", "database", "t1"), urluserinfo("mysql://a:b@h", "c")]',
    ['sqlite://x.db/y?_fk=1', 'sqlserver://sa@h?database=t1', 'mysql://c@h'],
  ],
  ['[file("a.sql"), getenv("HOME"), getenv("NOPE")]', ['select 1', '/root', '']],
  [
    '[fileset("*.sql"), fileset("sub/**/*.sql"), fileset("**/{b,c}.s?l"), glob("sub/[!a-c]*")]',
    [['a.sql'], ['sub/b.sql', 'sub/deep/c.sql'], ['sub/b.sql', 'sub/deep/c.sql'], ['sub/d.txt']],
  ],
])('%s', (text, expected) => {
  const { value, diagnostics } = run(text);
  expect(diagnostics).toEqual([]);
  expect(hcl.toPlain(value)).toEqual(expected);
});

describe('failures', () => {
  test.each([
    ['parseint("9", 8)', 'cannot parse "9" as a base 8 integer'],
    ['regex("x", "y")', 'pattern did not match any part of the given string'],
    ['regex("(?=x)", "y")', 'invalid or unsupported Perl syntax'],
    ['regex("(", "y")', 'error parsing regexp'],
    ['format("%d", 1.5)', 'an integer is required'],
    ['format("%s")', 'not enough arguments'],
    ['format("x", 1)', 'too many arguments; only 0 used by format string'],
    ['element([], 0)', 'cannot use element function with an empty list'],
    ['range(2000)', 'more than 1024 values were generated'],
    ['tolist([1, true])', 'all list elements must have the same type'],
    ['jsondecode("{")', 'invalid JSON at offset 1'],
    ['jsondecode("[1,]")', 'a value is expected'],
    ['yamldecode("a: [")', 'Invalid value for "src" parameter'],
    ['csvdecode("a,b\\n1\\n")', 'wrong number of fields'],
    ['formatdate("YYYYY", "2018-01-02T23:12:01Z")', 'invalid date format verb "YYYYY"'],
    ['formatdate("YYYY", "2018-02-30T23:12:01Z")', 'is no real date and time'],
    ['timeadd("2018-01-02T23:12:01Z", "soon")', 'not a valid duration string'],
    ['file("nope")', 'open nope: no such file or directory'],
    ['log(0, 0)', 'the result is not a finite number'],
  ])('%s is explained', (text, expected) => {
    const { value, diagnostics } = run(text);
    expect(value.kind).toBe('unknown');
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]!.detail).toContain(expected);
  });

  test('a URL that does not parse is not shown, for it may hold a password', () => {
    const { diagnostics } = run('urlsetpath("mysql://a8m:&s3cret?@localhost:3308/x", "y")');
    expect(diagnostics).toHaveLength(1);
    expect(JSON.stringify(diagnostics)).not.toContain('s3cret');
  });
});

test('print writes its value and gives it back', () => {
  expect(hcl.toPlain(run('print("x") == "x" && print([1]) == [1]').value)).toBe(true);
  expect(printed).toEqual(['x', '[1]']);
});

test('without ports the functions that reach outside are not there', () => {
  const inner = hcl.createFunctions();
  for (const name of ['file', 'fileset', 'glob', 'getenv', 'print']) expect(inner.has(name)).toBe(false);
  expect(inner.has('upper')).toBe(true);
});
