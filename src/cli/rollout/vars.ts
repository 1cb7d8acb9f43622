import { AppError } from '../../shared/errors.ts';

/**
 * `--var k=v`, repeatable; the same key again makes a list of strings (atlas-config-cli.md 1.9).
 * @throws AppError INPUT_INVALID with Atlas's words for an item without `=`
 */
export function parseVars(items: readonly string[]): Record<string, string | string[]> {
  const vars: Record<string, string | string[]> = {};
  for (const item of items) {
    const at = item.indexOf('=');
    if (at < 1)
      throw new AppError(
        'INPUT_INVALID',
        `invalid argument "${item}" for "--var" flag: variables must be format as key=value, got: "${item}"`,
      );
    const [name, value] = [item.slice(0, at), item.slice(at + 1)];
    const before = vars[name];
    vars[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return vars;
}
