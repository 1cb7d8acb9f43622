import { describe, expect, it } from 'vitest';
import { atlasFunctions } from '../../../../src/engine/go-template/atlas-functions.ts';
import { printGoJson } from '../../../../src/engine/go-template/go-json.ts';
import { GO_TYPE } from '../../../../src/engine/go-template/go-values.ts';
import { createTemplateSet, renderTemplate } from '../../../../src/engine/go-template/template-set.ts';

const functions = atlasFunctions({ colour: false });
const render = (text: string, data: unknown = {}): string => renderTemplate('report', text, data, { functions });

describe('structs', () => {
  const report = {
    [GO_TYPE]: '*cmdlog.MigrateApply',
    Name: 'a',
    Target: '2',
    Pending: null,
    Sum(step: unknown) {
      return `${this.Name}+${String(step)}`;
    },
  };

  it('refuses an unknown field in the words of Go, with place and type', () => {
    expect(() => render('a\n é{{ .Foo }}', report)).toThrow(
      'template: report:2:6: executing "report" at <.Foo>: can\'t evaluate field Foo in type *cmdlog.MigrateApply',
    );
  });

  it('calls a function of the object as a method, with arguments', () => {
    expect(render('{{ .Sum 3 }} {{ 4 | .Sum }}', report)).toBe('a+3 a+4');
  });

  it('ranges over a null as over an empty slice', () => {
    expect(render('{{ range .Pending }}x{{ else }}none{{ end }}{{ len .Pending }}', report)).toBe('none0');
  });

  it.each(['constructor', '__proto__', 'toString'])('does not give away %s of JavaScript', (name) => {
    expect(() => render(`{{ .${name} }}`, { a: 1 })).toThrow("can't evaluate field");
  });
});

describe('functions of reports', () => {
  it.each([
    ['{{ json . }}', { B: '<a&b>', A: [1, null], C: undefined }, '{"B":"\\u003ca\\u0026b\\u003e","A":[1,null]}'],
    ['{{ json .Applied }}', { Applied: null }, 'null'],
    [
      '{{ json . "  " }}',
      { A: { B: 1 }, C: [], D: [1] },
      '{\n  "A": {\n    "B": 1\n  },\n  "C": [],\n  "D": [\n    1\n  ]\n}',
    ],
    ['{{ json . "> " "\t" }}', { A: 1 }, '{\n> \t"A": 1\n> }'],
    [
      '{{ json . | json_merge "{\\"Tenant\\":\\"x\\",\\"b\\":{\\"z\\":1,\\"y\\":2}}" }}',
      { b2: 1, a: 'q' },
      '{"Tenant":"x","a":"q","b":{"y":2,"z":1},"b2":1}',
    ],
    ['{{ json_merge "{\\"a\\":1}" "{\\"a\\":2}" }}', {}, '{"a":2}'],
    ['{{ upper "ab" }} {{ add 1 2 3 }} {{ cyan "x" }}', {}, 'AB 6 x'],
    ['{{ indent_ln "a\\nb" 3 }}', {}, 'a\n   b'],
    ['{{ .V | default "none" }}', { V: '' }, 'none'],
    ['sql', {}, 'sql'],
  ])('%s', (text, data, expected) => {
    expect(render(text, data)).toBe(expected);
  });

  it('colours only where it may', () => {
    const coloured = atlasFunctions({ colour: true });
    expect(renderTemplate('r', '{{ red "x" }}', {}, { functions: coloured })).toBe('\u001b[31mx\u001b[0m');
  });

  it('names the function that failed', () => {
    expect(() => render('{{ json_merge "[1]" }}')).toThrow(
      'template: report:1:3: executing "report" at <json_merge "[1]">: error calling json_merge: json: cannot unmarshal',
    );
  });
});

describe('JSON as Go writes it', () => {
  it.each([
    [
      new Map([
        ['b', 1],
        ['a', 2],
      ]),
      '{"a":2,"b":1}',
    ],
    ['\u2028\u2029\ud800', '"\\u2028\\u2029\\ufffd"'],
    [[1e21, 1e-7, 123456789012], '[1e+21,1e-7,123456789012]'],
    [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    [{ f: () => 1, g: 2n }, '{"g":2}'],
  ])('writes %s as Go does', (value, expected) => {
    expect(printGoJson(value)).toBe(expected);
  });
});

describe('sets', () => {
  it('lets templates of one set call each other by file name', () => {
    const set = createTemplateSet({ missingKey: 'error' });
    set.parse('shared/users.tmpl', '{{ define "users" }}CREATE TABLE {{ .Schema }}.users{{ end }}');
    set.parse('1.sql', '{{ template "users" . }};\n{{ template "2.sql" . }}');
    set.parse('2.sql', 'SELECT {{ .Schema }}');
    const data = new Map([['Schema', 's1']]);
    expect(set.execute('1.sql', data)).toBe('CREATE TABLE s1.users;\nSELECT s1');
    expect(() => set.execute('2.sql', new Map())).toThrow('map has no entry for key "Schema"');
  });

  it('refuses endless calls', () => {
    expect(() => render('{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}')).toThrow(
      'exceeded maximum template depth',
    );
  });
});
