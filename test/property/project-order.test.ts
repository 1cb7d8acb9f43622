/** The order in which a project file is written, and so evaluated, does not matter: only groups and env blocks have an order that means something. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { evaluateProject } from '../../src/config/project/evaluate-project.ts';
import { snapshotFiles } from '../../src/config/project/snapshot-files.ts';

const RUNS = 300;

const evaluate = async (hcl: string) => {
  const result = await evaluateProject({
    files: snapshotFiles({ 'atlas.hcl': hcl, 'n.json': '[1,2]' }),
    config: ['atlas.hcl'],
    env: 'prod',
    vars: { v: 'given' },
    ports: {
      query: async (_, sql) => ({ columns: ['n'], rows: [[sql], [`${sql}2`]] }),
      runProgram: async (program) => program.join('-'),
      readSecretFile: async (path) => path,
    },
    getenv: (name) => `of ${name}`,
  });
  if (result.value === undefined) {
    return { problems: result.diagnostics.map(({ summary, detail }) => `${summary}; ${detail}`).sort() };
  }
  return {
    targets: result.value.envs.map(({ target, extra }) => [target?.id, target?.url.redacted, [...(extra ?? [])]]),
  };
};

/** Locals that refer to earlier ones, to data sources and to variables: no circle, but any order when shuffled. */
const locals = fc
  .array(fc.tuple(fc.nat(), fc.constantFrom('plain', 'var', 'sql', 'external', 'env', 'local', 'file', 'both')), {
    minLength: 1,
    maxLength: 12,
  })
  .map((kinds) =>
    kinds.map(([seed, kind], index) => {
      const earlier = index === 0 ? '"first"' : `local.l${seed % index}`;
      const expressions: Record<typeof kind, string> = {
        plain: `"p${seed % 7}"`,
        var: 'var.v',
        sql: 'data.sql.t.value',
        external: 'data.external.x',
        env: 'getenv("E")',
        local: earlier,
        file: 'tostring(jsondecode(file("n.json"))[0])',
        both: `"\${${earlier}}+\${data.sql.t.count}"`,
      };
      return `locals {\n  l${index} = ${expressions[kind]}\n}\n`;
    }),
  );

const rest = (last: number): readonly string[] => [
  'variable "v" {\n  type = string\n}\n',
  `data "sql" "t" {\n  url = "sqlite://c.db"\n  query = data.external.x\n}\n`,
  'data "external" "x" {\n  program = ["a", var.v]\n}\n',
  `env "prod" {\n  for_each = toset(data.sql.t.values)\n  url = "sqlite://\${each.value}.db"\n  out = local.l${last}\n}\n`,
];

it('gives the same targets from blocks in any order', async () => {
  await fc.assert(
    fc.asyncProperty(
      locals.chain((blocks) => {
        const all = [...blocks, ...rest(blocks.length - 1)];
        return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }));
      }),
      async ([straight, shuffled]) => {
        const expected = await evaluate(straight.join(''));
        expect(expected.problems).toBeUndefined();
        expect(await evaluate(shuffled.join(''))).toEqual(expected);
      },
    ),
    { numRuns: RUNS },
  );
});

it('finds the same mistakes in blocks in any order', async () => {
  const broken = [
    'locals {\n  b1 = nope(1)\n}\n',
    'locals {\n  b2 = local.none\n}\n',
    'variable "w" {\n  type = number\n}\n',
  ];
  await fc.assert(
    fc.asyncProperty(
      locals.chain((blocks) => {
        const all = [...blocks, ...rest(blocks.length - 1), ...broken];
        return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }));
      }),
      async ([straight, shuffled]) => {
        const expected = await evaluate(straight.join(''));
        expect(expected.problems).toHaveLength(3);
        expect(await evaluate(shuffled.join(''))).toEqual(expected);
      },
    ),
    { numRuns: RUNS },
  );
});

it('always ends and names a circle wherever it stands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.nat(), async (length, offset) => {
      const names = Array.from({ length }, (_, index) => `c${index}`);
      const blocks = names.map((name, index) => `locals {\n  ${name} = [local.c${(index + 1) % length}]\n}\n`);
      const turned = [...blocks.slice(offset % length), ...blocks.slice(0, offset % length)];
      const { problems } = await evaluate(
        `${turned.join('')}env "prod" {\n  out = local.c0\n}\nvariable "v" {\n  type = string\n}\n`,
      );
      expect(problems).toHaveLength(1);
      expect(problems?.[0]).toContain(`cyclic reference to "local.c${offset % length}"`);
    }),
    { numRuns: RUNS },
  );
});
