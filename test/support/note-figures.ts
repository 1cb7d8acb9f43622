import fs from 'node:fs';

/** For the fault rig, which runs some tests as scenarios of its own: what this one has measured or counted. A name that ends in `Ms` or `%` is a worst value, any other one a count. */
export function noteFigures(figures: Readonly<Record<string, number>>): void {
  const file = process.env.FLOTILLA_TEST_FIGURES;
  if (file !== undefined) fs.appendFileSync(file, `${JSON.stringify(figures)}\n`);
}
