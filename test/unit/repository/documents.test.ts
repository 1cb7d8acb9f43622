import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluated } from '../config/project/evaluate.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const documents = [
  'README.md',
  ...fs
    .readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
];
const read = (name: string): string => fs.readFileSync(path.join(ROOT, name), 'utf8');

describe('documents', () => {
  it.each(documents)('%s links to what exists', (name) => {
    const links = [...read(name).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link ?? '');
    const broken = links.filter((link) => !fs.existsSync(path.join(ROOT, path.dirname(name), link)));
    expect(broken).toEqual([]);
  });

  it('docs/decisions are numbered once each', () => {
    const numbers = fs.readdirSync(path.join(ROOT, 'docs/decisions')).map((name) => name.slice(0, 4));
    expect(numbers).toEqual([...new Set(numbers)]);
  });

  it('docs/project-file.md shows a project that is evaluated without a complaint', async () => {
    const project = /```hcl\n(.*?)```/s.exec(read('docs/project-file.md'))?.[1] ?? '';
    const rows = [
      ['acme', 'internal'],
      ['zeta', 'free'],
    ];
    const found = await evaluated(project, {
      environment: { CONTROL_URL: 'sqlite://c.db' },
      query: async () => ({ columns: ['name', 'tier'], rows }),
    });
    expect(found.deployment?.groups.map((group) => group.name)).toEqual(['canary', 'early', 'rest']);
    expect(found.envs.map(({ url, target }) => [target?.id, url?.redacted])).toEqual([
      ['acme', 'postgres://deploy@127.0.0.1:5432/acme'],
      ['zeta', 'postgres://deploy@127.0.0.1:5432/zeta'],
    ]);
  });
});
