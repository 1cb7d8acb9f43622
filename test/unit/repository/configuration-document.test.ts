import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { SETTING_NAMES, SETTINGS, type Setting } from '../../../src/config/daemon/settings.ts';

it('docs/configuration.md has a row for each setting, with its variables and its flag, and no others', () => {
  const text = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
  const cells = (line: string): readonly string[] =>
    line
      .split('|')
      .slice(1, 4)
      .map((cell) => cell.trim());
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map(cells);
  const expected = SETTING_NAMES.map((name) => {
    const { variables, flag }: Pick<Setting<unknown>, 'variables' | 'flag'> = SETTINGS[name];
    return [`\`${name}\``, variables.map((one) => `\`${one}\``).join(', '), flag === undefined ? '' : `\`--${flag}\``];
  });
  const lists = [
    ['`projects`', '', '`--project NAME=DIR`'],
    ['`auth.tokens`', '', ''],
    ['`freezes`', '', ''],
  ];
  expect(rows).toEqual([...expected, ...lists]);
});
