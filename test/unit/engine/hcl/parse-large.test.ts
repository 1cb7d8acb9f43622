import { expect, test } from 'vitest';
import { findBlocks, parseFile } from '../../../../src/engine/hcl/index.ts';

const TABLES = 10_000;
const COLUMNS = 10;
/** On an idle machine it is under 1 s and 400 MB; CI shares its cores. */
const GENEROUS = 6;

function schemaText(): string {
  const tables: string[] = ['schema "main" {\n}\n'];
  for (let table = 0; table < TABLES; table++) {
    const lines = [`table "table_${table}" {`, '  schema = schema.main'];
    for (let column = 0; column < COLUMNS; column++) {
      lines.push(
        `  column "column_${column}" {`,
        '    type = varchar(255)',
        '    null = false',
        '    default = "x ${1}"',
        '  }',
      );
    }
    lines.push('  primary_key {', '    columns = [column.column_0]', '  }');
    lines.push(
      `  index "index_${table}" {`,
      '    unique = true',
      '    columns = [column.column_1, column.column_2]',
      '  }',
      '}',
    );
    tables.push(lines.join('\n'));
  }
  return `${tables.join('\n')}\n`;
}

test('10,000 tables parse fast, in little memory, and completely', () => {
  const text = schemaText();
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const { value, diagnostics } = parseFile('schema.hcl', text);
  const elapsedMs = performance.now() - start;
  const rssMb = process.memoryUsage().rss / 1e6;
  process.stdout.write(
    `parse-large: ${(text.length / 1e6).toFixed(1)} MB in ${elapsedMs.toFixed(0)} ms, RSS ${rssMb.toFixed(0)} MB (${((process.memoryUsage().rss - before) / 1e6).toFixed(0)} MB more)\n`,
  );
  expect(diagnostics).toEqual([]);
  const tables = findBlocks(value, 'table');
  expect(tables).toHaveLength(TABLES);
  expect(tables.every((table) => table.body.blocks.length === COLUMNS + 2)).toBe(true);
  expect(elapsedMs).toBeLessThan(1000 * GENEROUS);
  expect(rssMb).toBeLessThan(400 * GENEROUS);
});
