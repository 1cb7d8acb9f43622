/** What commander found wrong, in the words of Atlas's CLI. */
import type { Command, CommanderError } from 'commander';

const quoted = (text: string): string => /'([^']*)'/.exec(text)?.[1] ?? '';

/** Of `option '--log <string>' cannot be used with option '--format <string>'`. */
function exclusive(message: string): string {
  const names = [...message.matchAll(/--([\w-]+)/g)].map(([, name]) => name);
  return `if any flags in the group [${names.toReversed().join(' ')}] are set none of the others can be; [${names.toSorted().join(' ')}] were all set`;
}

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

/** `migrate …` and `schema …` keep to Atlas's texts, so that scripts find what they look for. */
export const isAtlasCommand = (command: Command): boolean => /^flotilla (?:migrate|schema)\b/.test(pathOf(command));

/** A mistake on the command line: which command it was made at, and what commander says of it. */
export class UsageMistake extends Error {
  readonly command: Command;
  readonly found: CommanderError;

  constructor(command: Command, found: CommanderError) {
    super(found.message);
    this.command = command;
    this.found = found;
  }
}

/** The text without `Error: `: the mistake, what was probably meant, and where to read on. */
export async function usageError({ command, found }: UsageMistake): Promise<string> {
  // Commander looks for what is missing first; a flag that is spelled wrong is the better news.
  const stray = command.args.find((arg) => /^--?[a-z]/i.test(arg));
  const isStray = found.code === 'commander.missingMandatoryOptionValue' && stray !== undefined;
  const [code, name] = isStray ? ['commander.unknownOption', stray] : [found.code, quoted(found.message)];
  const known = code === 'commander.unknownCommand' ? namesOf(command) : flagsOf(command);
  const isUnknown = code === 'commander.unknownCommand' || code === 'commander.unknownOption';
  const meant = isUnknown ? await nearest(name.replace(/=.*$/s, ''), known) : undefined;
  const hasPointer = !isAtlasCommand(command) || code === 'commander.unknownCommand';
  return [
    wordMistake(code, name, command, found.message),
    ...(meant === undefined ? [] : ['', 'Did you mean this?', `\t${meant}`, '']),
    ...(hasPointer ? [`Run '${pathOf(command)} --help' for usage.`] : []),
  ].join('\n');
}

/** The engine is loaded only for this. */
const nearest = async (name: string, known: readonly string[]): Promise<string | undefined> =>
  (await import('../engine/index.ts')).nearestName(name, known);

const namesOf = (command: Command): readonly string[] => command.commands.map((sub) => sub.name());
const flagsOf = (command: Command): readonly string[] => [
  ...command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []),
  '--help',
];

function wordMistake(code: string, name: string, command: Command, message: string): string {
  const flag = /^(?:-\w, )?(--[\w-]+|-\w)/.exec(name)?.[1] ?? name;
  const received = command.args.length;
  switch (code) {
    case 'commander.unknownOption':
      return name.startsWith('--')
        ? `unknown flag: ${name.replace(/=.*$/s, '')}`
        : `unknown shorthand flag: '${name.slice(1, 2)}' in ${name}`;
    case 'commander.unknownCommand':
      return `unknown command "${name}" for "${pathOf(command)}"`;
    case 'commander.optionMissingArgument':
      return `flag needs an argument: ${flag}`;
    case 'commander.missingMandatoryOptionValue':
      return `required flag(s) ${missingFlags(command)} not set`;
    case 'commander.conflictingOption':
      return exclusive(message);
    case 'commander.missingArgument':
      return `missing argument "${name}"`;
    case 'commander.excessArguments':
      return `accepts at most ${command.registeredArguments.length} arg(s), received ${received}: ${command.args.map((arg) => `"${arg}"`).join(', ')}`;
    case 'commander.invalidArgument': {
      const [, flags = '', given = '', expected = ''] =
        /option '([^'<]*?)(?: <[^>]*>)?' argument '(.*)' is invalid\. (.*)$/s.exec(message) ?? [];
      return flags === '' ? message.replace(/^error: /, '') : invalidArgument(flags, given, expected);
    }
    default:
      return message.replace(/^error: /, '');
  }
}

const invalidArgument = (flags: string, given: string, expected: string): string =>
  `invalid argument "${given}" for "${flags}" flag: ${expected.replace(/^Allowed choices are (.*)\.$/, 'expected one of $1')}`;

const missingFlags = (command: Command): string =>
  command.options
    .filter((option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined)
    .map(({ long }) => `"${(long ?? '').replace(/^-+/, '')}"`)
    .sort()
    .join(', ');
