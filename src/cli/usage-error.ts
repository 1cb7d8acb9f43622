import type { Command, CommanderError } from 'commander';

const quoted = (text: string): string => /'([^']*)'/.exec(text)?.[1] ?? '';

/** Of `option '--log <string>' cannot be used with option '--format <string>'`. */
function exclusive(message: string): string {
  const names = [...message.matchAll(/--([\w-]+)/g)].map(([, name]) => name);
  return `if any flags in the group [${names.toReversed().join(' ')}] are set none of the others can be; [${names.toSorted().join(' ')}] were all set`;
}

/** Says what commander found wrong in the words of Atlas's CLI, without `Error: `. */
export function usageError(error: CommanderError, program: Command): string {
  const name = quoted(error.message);
  const flag = /^(?:-\w, )?(--[\w-]+|-\w)/.exec(name)?.[1] ?? name;
  switch (error.code) {
    case 'commander.unknownOption':
      return name.startsWith('--')
        ? `unknown flag: ${name}`
        : `unknown shorthand flag: '${name.slice(1, 2)}' in ${name}`;
    case 'commander.unknownCommand':
      return `unknown command "${name}" for "${program.name()}"\nRun '${program.name()} --help' for usage.`;
    case 'commander.optionMissingArgument':
      return `flag needs an argument: ${flag}`;
    case 'commander.missingMandatoryOptionValue':
      return `required flag(s) "${flag.replace(/^-+/, '')}" not set`;
    case 'commander.conflictingOption':
      return exclusive(error.message);
    case 'commander.missingArgument':
      return `missing argument "${name}"`;
    default:
      return error.message.replace(/^error: /, '');
  }
}
