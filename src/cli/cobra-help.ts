/** Help in the form that Atlas's own has: `Usage:`, `Available Commands:`, `Flags:` (atlas-transcript.txt). */
import type { Command, Help, Option } from 'commander';

interface FlagLine {
  readonly left: string;
  readonly right: string;
}

/** `-c, --config string`; a flag without a short form is indented by its width. */
function flagLine(option: Option): FlagLine {
  const placeholder = /(?:<.*>)$/.exec(option.flags)?.[0] ?? '';
  // `<string>` is a type to cobra and stands bare; `<name>=<value>` stands as it is.
  const type = /^<[\w-]+>$/.test(placeholder) ? placeholder.slice(1, -1) : placeholder;
  const short = option.short ? `${option.short}, ` : '    ';
  const left = `  ${short}${option.long ?? ''}${type === '' ? '' : ` ${type}`}`;
  const { defaultValue, defaultValueDescription } = option;
  const shown = defaultValueDescription ?? (typeof defaultValue === 'string' ? `"${defaultValue}"` : undefined);
  return { left, right: shown === undefined ? option.description : `${option.description} (default ${shown})` };
}

const columns = (lines: readonly FlagLine[]): string => {
  const width = Math.max(...lines.map(({ left }) => left.length)) + 3;
  return lines.map(({ left, right }) => `${left.padEnd(width)}${right}\n`).join('');
};

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

/** The whole help text of a command. */
export function formatCobraHelp(command: Command, helper: Help): string {
  const path = pathOf(command);
  const commands = helper.visibleCommands(command).filter((sub) => sub.name() !== 'help');
  const own = helper.visibleOptions(command).toSorted((a, b) => ((a.long ?? '') < (b.long ?? '') ? -1 : 1));
  const shared = new Set(command.parent?.options.map(({ long }) => long));
  const inherited = own.filter(({ long }) => shared.has(long));
  const flags = own.filter((option) => !inherited.includes(option));
  const usage = command.usage();
  const parts = [
    `${command.description()}\n`,
    `Usage:\n  ${path}${commands.length > 0 ? ' [command]' : usage === '' ? '' : ` ${usage.replace('[options]', '[flags]')}`}\n`,
  ];
  if (commands.length > 0) {
    const width = Math.max(11, ...commands.map((sub) => sub.name().length));
    const rows = commands.map((sub) => `  ${sub.name().padEnd(width)} ${sub.summary() || sub.description()}\n`);
    parts.push(`Available Commands:\n${rows.join('')}`);
  }
  parts.push(`Flags:\n${columns(flags.map(flagLine))}`);
  if (inherited.length > 0) parts.push(`Global Flags:\n${columns(inherited.map(flagLine))}`);
  if (commands.length > 0) parts.push(`Use "${path} [command] --help" for more information about a command.\n`);
  return parts.join('\n');
}
