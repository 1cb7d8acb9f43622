import fs from 'node:fs';
import { expect, it } from 'vitest';
import { ERRORS } from '../../../src/shared/errors.ts';

const text = fs.readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (\d+) \| (yes|no) \| (.+) \|$/gm)].map(
  ([, code, status, exitCode, retryable, meaning]) => ({
    code,
    status: Number(status),
    exitCode: Number(exitCode),
    retryable: retryable === 'yes',
    meaning,
  }),
);

it('docs/errors.md holds exactly the error registry', () => {
  expect(rows).toEqual(Object.entries(ERRORS).map(([code, spec]) => ({ code, ...spec })));
});
