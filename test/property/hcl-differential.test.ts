/** Our parser against HashiCorp's own, as far as its two wrappers can say what it read. They lose order, so results are compared without. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import hcl2Parser from 'hcl2-parser';
import { expect, test } from 'vitest';
import { atlasText } from '../../src/engine/diagnostics/atlas-text.ts';
import { type Body, type Expression, parseFile } from '../../src/engine/hcl/index.ts';

// Not imported: its declarations pull in the DOM's types, which then hold for the whole project.
const hcl2json: { readonly parse: (file: string, text: string) => Promise<unknown> } = createRequire(import.meta.url)(
  '@cdktn/hcl2json',
);

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
interface Style {
  /** hcl2json doubles the `$` and `%` of escaped sequences again, hcl2-parser does not. */
  readonly reescape: boolean;
}

/** What the wrappers make of a file: literals as JSON, all other expressions as their source in `${}`. */
function bodyJson(body: Body, style: Style): Json {
  const result: { [name: string]: Json } = {};
  for (const attribute of body.attributes) result[attribute.name] = expressionJson(attribute.value, style);
  for (const block of body.blocks) {
    const path = [block.type, ...block.labels.map((label) => label.value)];
    const last = path.pop() as string;
    let place = result;
    for (const step of path) {
      place[step] ??= {};
      place = place[step] as { [name: string]: Json };
    }
    place[last] ??= [];
    (place[last] as Json[]).push(bodyJson(block.body, style));
  }
  return result;
}

const sourceOf = (node: Expression) => node.source.text.slice(node.start, node.end);

function expressionJson(node: Expression, style: Style): Json {
  switch (node.kind) {
    case 'NumberLiteral':
      return Number(node.text);
    case 'BoolLiteral':
      return node.value;
    case 'NullLiteral':
      return null;
    case 'Template':
      return node.parts.map((part) => templateText(part, style)).join('');
    case 'TupleConstructor':
      return node.items.map((item) => expressionJson(item, style));
    case 'ObjectConstructor':
      return Object.fromEntries(
        node.items.map(({ key, value }) => [keyText(key, style), expressionJson(value, style)]),
      );
    default:
      return `\${${sourceOf(node)}}`;
  }
}

function keyText(key: Expression, style: Style): string {
  return key.kind === 'Variable' ? key.name : String(expressionJson(key, style));
}

function templateText(part: Expression, style: Style): string {
  const inner = (parts: readonly Expression[]) => parts.map((piece) => templateText(piece, style)).join('');
  switch (part.kind) {
    case 'TextLiteral':
      return style.reescape ? part.value.replace(/([$%])\{/g, '$1$1{') : part.value;
    case 'Interpolation':
      return `\${${sourceOf(part.value)}}`;
    case 'TemplateIf': {
      const otherwise = part.otherwise.parts.length === 0 ? '' : `%{else}${inner(part.otherwise.parts)}`;
      return `%{if ${sourceOf(part.condition)}}${inner(part.then.parts)}${otherwise}%{endif}`;
    }
    case 'TemplateFor': {
      const names = part.keyName === undefined ? part.valueName : `${part.keyName}, ${part.valueName}`;
      return `%{for ${names} in ${sourceOf(part.collection)}}${inner(part.body.parts)}%{endfor}`;
    }
    default:
      return '';
  }
}

const name = fc.constantFrom('x', 'yy', 'some_name', 'with-dash', 'ünï');
const space = fc.constantFrom('', ' ', '  ', '\t', ' /* c */ ');
const inBrackets = fc.constantFrom('', ' ', '\n', ' # c\n  ', ' // c }\n', ' /* " */ ');
const plainText = fc.stringMatching(/^[a-zA-Z0-9 .,:;'{}()[\]äß😀-]{0,8}$/u);
const quotedPiece = fc.oneof(
  plainText,
  fc.constantFrom('\\n', '\\"', '\\\\', '\\u00fc', '$${', '%%{', '$ ', '% ', '$$ ', '100% '),
);

const { expression } = fc.letrec<{
  expression: string;
  operand: string;
  quoted: string;
  piece: string;
  heredocLine: string;
}>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(
      '0',
      '42',
      '1.5',
      '2e3',
      'true',
      'null',
      'x',
      'a.b',
      'a[0].b',
      'a.*.b',
      'a[*].b[0]',
      'a.0',
      '!x',
      'f()',
    ),
    tie('quoted'),
    fc.tuple(inBrackets, tie('expression'), inBrackets).map(([a, e, b]) => `(${a}${e}${b})`),
    fc
      .tuple(name, fc.array(tie('expression'), { maxLength: 2 }), inBrackets)
      .map(([f, args, s]) => `${f}(${s}${args.join(`,${s}`)}${s})`),
    fc.tuple(name, tie('expression')).map(([v, e]) => `a[${e}].${v}`),
  ),
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    tie('operand'),
    fc
      .tuple(
        tie('operand'),
        space,
        fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', '&&', '||'),
        tie('operand'),
      )
      .map(([a, s, op, b]) => `${a} ${s}${op}${s} ${b}`),
    fc.tuple(tie('operand'), tie('operand'), tie('operand')).map((parts) => `${parts[0]} ? ${parts[1]} : ${parts[2]}`),
    fc
      .tuple(fc.array(tie('expression'), { maxLength: 3 }), inBrackets)
      .map(([items, s]) => `[${s}${items.join(`${s},${s}`)}${s}]`),
    fc
      .tuple(
        fc.uniqueArray(name, { maxLength: 3 }),
        tie('expression'),
        fc.constantFrom('=', ' = ', ': '),
        fc.constantFrom('\n', ',', ',\n', ' # c\n'),
      )
      .map(
        ([keys, e, sign, end]) =>
          `{\n${keys.map((key, index) => `${index === 1 ? `"${key} q"` : key}${sign}${e}`).join(end)}\n}`,
      ),
    fc.tuple(name, tie('operand'), tie('expression')).map(([v, list, e]) => `[for ${v} in ${list} : ${e} if ${v}]`),
    fc
      .tuple(name, tie('operand'), tie('expression'))
      .map(([v, list, e]) => `{for k, ${v} in ${list} :\n k => ${e}...\n}`),
  ),
  quoted: fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => `"${pieces.join('')}"`),
  piece: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    quotedPiece,
    tie('expression').map((e) => ` \${f(${e})}`),
    fc.tuple(tie('operand'), plainText).map(([c, text]) => `%{ if ${c} }${text}%{ else }no%{ endif }`),
  ),
  heredocLine: fc.oneof(
    plainText.map((text) => text.trimEnd()),
    tie('operand').map((e) => `v \${f(${e})} w`),
  ),
}));

const heredoc = fc
  .tuple(
    fc.constantFrom('<<EOT', '<<-EOT'),
    fc.array(
      fc.tuple(
        fc.nat(6),
        fc.oneof(
          plainText,
          fc.constantFrom('${x}', '${~ x ~}', '%{ if x ~}', '%{~ if y }', '\t t', '$${z}', '\\n', ''),
        ),
      ),
      { maxLength: 5 },
    ),
    fc.nat(4),
  )
  .map(([open, lines, indent]) => {
    const ifs = lines.filter(([, text]) => text.startsWith('%{')).length;
    const body = lines.map(([depth, text]) => `${' '.repeat(depth)}${text}\n`).join('') + '%{ endif ~}\n'.repeat(ifs);
    return `${open}\n${body}${' '.repeat(indent)}EOT`;
  });

const attributeNames = ['a1', 'a2', 'a_3', 'ä4', 'null', 'for'];
const { body } = fc.letrec<{ body: string }>((tie) => ({
  body: fc
    .tuple(
      fc.uniqueArray(fc.tuple(fc.constantFrom(...attributeNames), fc.oneof(expression, expression, heredoc), space), {
        maxLength: 4,
        selector: ([key]) => key,
      }),
      fc.oneof(
        { maxDepth: 2, depthSize: 'small' },
        fc.constant([] as (readonly [number, string, string])[]),
        fc.array(fc.tuple(fc.nat(2), fc.constantFrom('one', 't-wo'), tie('body')), { maxLength: 2 }),
      ),
      fc.constantFrom('', '# comment "\n', '// x {\n\n', '/* a\n b */\n'),
    )
    .map(([attributes, blocks, comment]) =>
      [
        ...attributes.map(([key, value, s]) => `${s.trim()}${key}${s}=${s}${value}\n`),
        comment,
        ...blocks.map(
          ([labels, label, inner]) =>
            `b${labels}${[` "${label}"`, ` ${label}`].slice(0, labels).join('')} {\n${inner}}\n`,
        ),
      ].join(''),
    ),
}));

test('generated files are read as HashiCorp reads them', async () => {
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const ours = parseFile('x.hcl', text);
      expect(ours.diagnostics.map(atlasText)).toEqual([]);
      expect(bodyJson(ours.value, { reescape: true })).toEqual(await hcl2json.parse('x.hcl', text));
    }),
    { numRuns: 400 },
  );
});

test('hcl2-parser, another wrapper of it, agrees', () => {
  fc.assert(
    fc.property(body, (text) => {
      const [theirs] = hcl2Parser.parseToObject(text);
      expect(bodyJson(parseFile('x.hcl', text).value, { reescape: false })).toEqual(theirs);
    }),
    { numRuns: 200 },
  );
});

test.each([
  'a = ',
  'a = 1 2',
  'a {',
  'a = [1 2]',
  'a = {\n  b\n}',
  'a = { b = 1 c = 2 }',
  'a = (1',
  'a = (1 2)',
  'a = f(1 2)',
  'a = x.',
  'a = x[1',
  'a = x[*',
  'a = true ? 1',
  'a = "x',
  'a = "x\n"',
  'a = "${x"',
  'a = "${x y}"',
  'a = "\\q"',
  'a b c',
  'a b = {\n}',
  'a = 1\na = 2',
  '"a" = 1',
  '= 1',
  'a "x" {\n  b = 1',
  'a { b = 1 c = 2 }',
  'a { b { } }',
  'a = [for x y]',
  'a = [for x in y z]',
  'a = {for x in y : z}',
  'a = "%{ if x }"',
  'a = "%{ foo }"',
  'a = "%{ endif }"',
  "a = 'x'",
  'a = 1 +\n',
  'a = )\n',
  'a = [for x in y : a => b]',
  'a = <<EOT\nx',
  'a = x.*.y.*.z',
  'a = "\\u12"',
  'a "${x}" {\n}',
  'a = [for x in y : z...]',
  'a = f(',
  'a = [1',
  'a = f(x... y)',
])('%j is refused in the same words at the same place', async (text) => {
  const ours = parseFile('x.hcl', text).diagnostics.map(atlasText);
  const theirs = await hcl2json.parse('x.hcl', text).then(
    () => 'no error',
    (error: unknown) => String(error),
  );
  expect(ours.some((line) => theirs.includes(line))).toBe(true);
});
