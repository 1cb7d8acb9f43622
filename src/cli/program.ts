/** The command line: which commands there are, how their mistakes are worded. Actions load their modules when they run. */
import { Command, CommanderError, Help } from 'commander';
import { AppError, ERRORS } from '../shared/errors.ts';
import { formatCobraHelp } from './cobra-help.ts';
import type { Io } from './io.ts';
import type { MigrateDeps } from './migrate/deps.ts';
import { registerMigrateCommands } from './migrate/register.ts';
import { printFailure } from './render/failure.ts';
import { registerRolloutCommands } from './rollout/register.ts';
import { registerSchemaCommands } from './schema/register.ts';
import { isAtlasCommand, UsageMistake, usageError } from './usage-error.ts';
import { VERSION } from './version.ts';

export interface ProgramDeps {
  readonly io: Io;
  readonly migrate: () => Promise<MigrateDeps>;
  /** Commands whose work only bin/ can wire: `serve`, `demo`. */
  readonly extend?: (program: Command, exitWith: (code: number) => void) => void;
}

/**
 * Runs the command of `args` (without node and script) and gives its exit code: 0, 1 for any error, 2 for a bug, and what
 * `--wait` gives (DESIGN.md section 8). Never throws.
 */
export async function runProgram(args: readonly string[], deps: ProgramDeps): Promise<number> {
  const { io } = deps;
  let exitCode = 0;
  const program = makeProgram(deps, (code) => {
    exitCode = code;
  });
  let isAtlas = false;
  program.hook('preAction', (_, command) => {
    isAtlas = isAtlasCommand(command);
  });
  try {
    await program.parseAsync(normalizeBooleans(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof UsageMistake) {
      if (error.found.exitCode === 0) return 0;
      if (error.found.code === 'commander.help') {
        error.command.outputHelp();
        return 0;
      }
      io.stderr(`Error: ${await usageError(error)}\n`);
      return 1;
    }
    return reportFailure(io, error, isAtlas);
  }
}

function makeProgram(deps: ProgramDeps, exitWith: (code: number) => void): Command {
  const { io } = deps;
  const program = new Command('flotilla')
    .description(
      'Brings one database schema change to a fleet of tenant databases: canary first, then wave by wave, durably.',
    )
    .argument('[command]')
    .allowExcessArguments()
    .usage('[command]')
    .action((name: string | undefined) => {
      if (name !== undefined)
        throw new UsageMistake(
          program,
          new CommanderError(1, 'commander.unknownCommand', `error: unknown command '${name}'`),
        );
      program.outputHelp();
    });
  registerMigrateCommands(program, deps.migrate, exitWith);
  registerSchemaCommands(program, deps.migrate, exitWith);
  registerRolloutCommands(program, io, exitWith);
  deps.extend?.(program, exitWith);
  program
    .command('version')
    .description('Prints the version of this build.')
    .action(() => io.stdout(`flotilla version v${VERSION}\n`));
  // Commands inherit these settings only when they are made after them, so each gets them by itself.
  const settle = (command: Command): void => {
    command
      .exitOverride((error) => {
        throw new UsageMistake(command, error);
      })
      .configureOutput({ writeOut: (text) => io.stdout(text), writeErr: () => {} })
      .configureHelp({ formatHelp: (one) => formatCobraHelp(one, new Help()) })
      .helpOption('-h, --help', `help for ${command.name()}`)
      .helpCommand(false);
    // Atlas passes over arguments too many in places; ours would start a daemon for a slip of the keyboard.
    if (command !== program && !isAtlasCommand(command)) command.allowExcessArguments(false);
    for (const sub of command.commands) settle(sub);
  };
  settle(program);
  return program;
}

/** `--dry-run=true` and `--dry-run=false`, which commander does not take. */
const normalizeBooleans = (args: readonly string[]): string[] =>
  args.flatMap((arg) => {
    const match =
      /^(--(?:dry-run|allow-dirty|skip-checks|auto-approve|edit|force|wait|follow|help))=(true|false|1|0)$/.exec(arg);
    if (match?.[1] === undefined) return [arg];
    return match[2] === 'true' || match[2] === '1' ? [match[1]] : [];
  });

/** Atlas's commands print Atlas's words and nothing else; ours name the code behind the message. */
function reportFailure(io: Io, error: unknown, isAtlas: boolean): number {
  if (error instanceof AppError) {
    printFailure(io, error.code, isAtlas ? error.message : `${error.message} [${error.code}]`);
    for (const { message, frame } of error.details) {
      // A single mistake is the message itself: it is not said twice.
      if (frame !== undefined || !error.message.includes(message)) io.stderr(`${frame ?? message}\n`);
    }
    if (error.next !== undefined) io.stderr(`next  ${error.next}\n`);
    return ERRORS[error.code].exitCode;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    io.stderr('Abort: interrupted\n');
    return 1;
  }
  // A bug: the stack is of use to us only, and only when it is asked for.
  const stack = error instanceof Error ? (io.env.FLOTILLA_DEBUG ? error.stack : error.message) : String(error);
  io.stderr(`Error: unexpected: ${stack}\nset FLOTILLA_DEBUG=1 to see where it comes from\n`);
  return ERRORS.INTERNAL.exitCode;
}
