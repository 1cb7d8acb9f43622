import type { Io } from '../../cli/io.ts';
import type { ShownSetting } from '../../config/daemon/types.ts';
import { invalidConfig, parseConfigOf, type ServeFlags } from './daemon-config.ts';

/**
 * `flotilla config show`: every setting with its value and where that comes from; secrets are redacted.
 * @throws AppError CONFIG_INVALID where `serve` would refuse to start
 */
export async function configShow(io: Io, flags: ServeFlags, format: 'text' | 'json'): Promise<number> {
  const parsed = await parseConfigOf(io, flags);
  if (parsed.value === undefined) throw invalidConfig(parsed);
  io.stdout(format === 'json' ? `${JSON.stringify({ settings: parsed.shown })}\n` : lines(parsed.shown));
  return 0;
}

/** Nothing is cut to the width of the terminal: values are there to be copied. */
function lines(shown: readonly ShownSetting[]): string {
  const rows = [{ name: 'NAME', value: 'VALUE', source: 'SOURCE' }, ...shown];
  const width = (of: 'name' | 'value'): number => Math.max(...rows.map((row) => row[of].length));
  const [names, values] = [width('name'), width('value')];
  return rows.map(({ name, value, source }) => `${name.padEnd(names)}  ${value.padEnd(values)}  ${source}\n`).join('');
}
