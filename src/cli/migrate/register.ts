import { type Command, Option } from 'commander';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from './deps.ts';
import type { MigrateFlags } from './flags.ts';

type LoadDeps = () => Promise<MigrateDeps>;
type ExitWith = (code: number) => void;

export const gather = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

/** Adds a flag whose default is only shown: what was not set must be told from what was, for the env to fill it. */
const shown = (command: Command, flags: string, description: string, fallback?: string): Command => {
  const value = flags.includes('<duration>') ? fallback : `"${fallback}"`;
  return command.addOption(
    new Option(flags, fallback === undefined ? description : `${description} (default ${value})`),
  );
};

const FLAGS = {
  url: [
    '-u, --url <string>',
    '[driver://username:password@address/dbname?param=value] select a resource using the URL format',
  ],
  devUrl: [
    '--dev-url <string>',
    '[driver://username:password@address/dbname?param=value] select a dev database using the URL format',
  ],
  dir: ['--dir <string>', 'select migration directory using URL format', 'file://migrations'],
  dirFormat: ['--dir-format <string>', 'select migration file format', 'atlas'],
  format: ['--format <string>', 'Go template to use to format the output'],
  revisionsSchema: ['--revisions-schema <string>', 'name of the schema the revisions table resides in'],
  lockTimeout: ['--lock-timeout <duration>', 'set how long to wait for the database lock', '10s'],
} as const satisfies Record<string, readonly [string, string, string?]>;

type FlagName = keyof typeof FLAGS;

function withFlags(command: Command, ...names: readonly FlagName[]): Command {
  for (const name of names) {
    const [flags, description, fallback]: readonly [string, string, string?] = FLAGS[name];
    shown(command, flags, description, fallback);
  }
  if (names.includes('format')) command.addOption(new Option('--log <string>').hideHelp().conflicts('format'));
  return command;
}

/** The flags that every command of the group takes, before or behind its name. */
export const withGlobals = (command: Command): Command =>
  command
    .option('-c, --config <string>', 'select config (project) file using URL format (default "file://atlas.hcl")')
    .option('--env <string>', 'set which env from the config file to use')
    .option('--var <name>=<value>', 'input variables (default [])', gather);

/** The flags of a command with those that were given before its name; its own win. */
const flagsOf = <F extends MigrateFlags & { readonly log?: string }>(command: Command): F => {
  const flags = { ...command.parent?.opts<F>(), ...command.opts<F>() };
  return flags.log === undefined ? flags : { ...flags, format: flags.log };
};

/** Arguments beyond `max` are a mistake here; where Atlas ignores them, so do we. */
function atMost(max: number, args: readonly string[]): void {
  if (args.length > max) {
    throw new AppError('INPUT_INVALID', `accepts at most ${max} arg(s), received ${args.length}`);
  }
}

/** Adds `migrate …`: commands that work on databases and folders by themselves, without a daemon. Each loads its module when it runs. */
export function registerMigrateCommands(program: Command, load: LoadDeps, exitWith: ExitWith): void {
  const migrate = withGlobals(program.command('migrate'))
    .summary('Manage versioned schema migrations')
    .description(`'${program.name()} migrate' wraps several sub-commands for migration management.`)
    .argument('[command]')
    .allowExcessArguments()
    .usage('[command]')
    // As Atlas does: a name that it does not know shows the help, and is no mistake.
    .action(() => {
      migrate.outputHelp();
      exitWith(0);
    });
  const sub = (name: string, summary: string, description = summary): Command =>
    withGlobals(migrate.command(name)).summary(summary).description(description).allowExcessArguments();
  registerApply(sub, load, exitWith);
  registerDiff(sub, load, exitWith);
  registerDown(sub, load, exitWith);
  registerFiles(sub, load, exitWith);
  registerRevisions(sub, load, exitWith);
}

type Sub = (name: string, summary: string, description?: string) => Command;

function registerApply(sub: Sub, load: LoadDeps, exitWith: ExitWith): void {
  const command = sub(
    'apply',
    'Applies pending migration files on the connected database.',
    `'flotilla migrate apply' reads the migration state of the connected database and computes what migrations are pending.
It then attempts to apply the pending migration files in the correct order onto the database.
The first argument denotes the maximum number of migration files to apply.
An env of several targets is brought forward by its deployment, or target by target in its order.
What the project has around it is asked and run for each: check, pre and post "migrate_apply", hook "sql". A dry run asks the checks only.`,
  ).usage('[flags] [amount]');
  withFlags(command, 'url', 'dir', 'format', 'revisionsSchema', 'lockTimeout')
    .argument('[amount...]')
    .option('--dry-run', 'print SQL without executing it; writes nothing')
    .option('--lock-name <string>', 'name of the database lock (default "atlas_migrate_execute")')
    .option('--baseline <string>', 'start the first migration after the given baseline version')
    .option('--tx-mode <string>', 'set transaction mode [none, file, all] (default "file")')
    .option('--exec-order <string>', 'set file execution order [linear, linear-skip, non-linear] (default "linear")')
    .option('--allow-dirty', 'allow start working on a non-clean database')
    .option('--to-version <string>', 'bring the database to this version and no further')
    .addOption(new Option('--context <string>').hideHelp())
    .action(async (args: readonly string[]) => {
      atMost(1, args);
      const [{ runApply }, deps] = await Promise.all([import('./apply.ts'), load()]);
      exitWith(await runApply(deps, flagsOf(command), args[0]));
    });
}

function registerDiff(sub: Sub, load: LoadDeps, exitWith: ExitWith): void {
  const diff = sub(
    'diff',
    'Compute the diff between the migration directory and a desired state and create a new migration file.',
    `'flotilla migrate diff' replays the migration directory on the dev database, compares what it makes with the desired state, and writes the
statements that are missing as a new migration file. Nothing is written where there is no difference.`,
  ).usage('[flags] [name]');
  withFlags(diff, 'devUrl', 'dir', 'dirFormat', 'format', 'lockTimeout')
    .argument('[name...]')
    .option('--to <strings>', 'list of URLs to the desired state', gather)
    .option('--exclude <strings>', 'list of glob patterns used to filter resources', gather)
    .action(async (args: readonly string[]) => {
      atMost(1, args);
      const [{ runMigrateDiff }, deps] = await Promise.all([import('./diff.ts'), load()]);
      exitWith(await runMigrateDiff(deps, flagsOf(diff), args[0]));
    });
}

function registerDown(sub: Sub, load: LoadDeps, exitWith: ExitWith): void {
  const command = sub(
    'down',
    'Reverts applied migration files from the database.',
    `'flotilla migrate down' takes back the last applied version, the last so many (the argument), or all after --to-version.
What is run is the way back that the files themselves hold: a "-- down.sql --" section, a "….down.sql" file, or what goose, dbmate, flyway
and liquibase have for it. A version without one is named, and nothing is changed. Tables that hold rows are not dropped unless --skip-checks says so.`,
  ).usage('[flags] [amount]');
  withFlags(command, 'url', 'dir', 'dirFormat', 'format', 'revisionsSchema', 'lockTimeout', 'devUrl')
    .argument('[amount...]')
    .option('--to-version <string>', 'take back every version after this one')
    .option('--dry-run', 'run the checks and print SQL without executing it; writes nothing')
    .option('--skip-checks', 'drop tables although they hold rows')
    .option('--lock-name <string>', 'name of the database lock (default "atlas_migrate_execute")')
    .addOption(new Option('--context <string>').hideHelp())
    .action(async (args: readonly string[]) => {
      atMost(1, args);
      const [{ runDown }, deps] = await Promise.all([import('./down.ts'), load()]);
      exitWith(await runDown(deps, flagsOf(command), args[0]));
    });
}

function registerFiles(sub: Sub, load: LoadDeps, exitWith: ExitWith): void {
  const hash = sub('hash', 'Hash (re-)creates an integrity hash file for the migration directory.').usage('[flags]');
  withFlags(hash, 'dir', 'dirFormat')
    .addOption(new Option('--force').hideHelp())
    .action(async () => {
      const [{ runHash }, deps] = await Promise.all([import('./hash.ts'), load()]);
      exitWith(await runHash(deps, flagsOf(hash)));
    });
  const importing = sub(
    'import',
    'Import a migration directory from another migration management tool to the Atlas format.',
  ).usage('[flags]');
  importing
    .option('--from <string>', 'select migration directory using URL format (default "file://migrations")')
    .option('--to <string>', 'select migration directory using URL format (default "file://migrations")');
  withFlags(importing, 'dirFormat').action(async () => {
    const [{ runImport }, deps] = await Promise.all([import('./import.ts'), load()]);
    exitWith(await runImport(deps, flagsOf(importing)));
  });
  const making = sub('new', 'Creates a new empty migration file in the migration directory.').usage('[flags] [name]');
  withFlags(making, 'dir', 'dirFormat')
    .argument('[name...]')
    .option('--edit', 'edit the created migration file(s)')
    .action(async (args: readonly string[]) => {
      atMost(1, args);
      const [{ runNew }, deps] = await Promise.all([import('./new.ts'), load()]);
      exitWith(await runNew(deps, flagsOf(making), args[0]));
    });
}

function registerRevisions(sub: Sub, load: LoadDeps, exitWith: ExitWith): void {
  const set = sub(
    'set',
    'Set the current version of the migration history table.',
    `'flotilla migrate set' edits the revisions table to consider all migrations up to and including the given version to be applied.
Runs no statement of a migration file.`,
  ).usage('[flags] [version]');
  withFlags(set, 'url', 'dir', 'dirFormat', 'revisionsSchema')
    .argument('[version...]')
    .action(async (args: readonly string[]) => {
      if (args.length > 1) throw new AppError('INPUT_INVALID', `accepts 1 arg(s), received ${args.length}`);
      const [{ runSet }, deps] = await Promise.all([import('./set.ts'), load()]);
      exitWith(await runSet(deps, flagsOf(set), args[0]));
    });
  const status = sub('status', 'Get information about the current migration status.').usage('[flags]');
  withFlags(status, 'url', 'dir', 'dirFormat', 'format', 'revisionsSchema').action(async () => {
    const [{ runStatus }, deps] = await Promise.all([import('./status.ts'), load()]);
    exitWith(await runStatus(deps, flagsOf(status)));
  });
  const validate = sub('validate', 'Validates the migration directories checksum and SQL statements.').usage('[flags]');
  withFlags(validate, 'devUrl', 'dir', 'dirFormat').action(async () => {
    const [{ runValidate }, deps] = await Promise.all([import('./validate.ts'), load()]);
    exitWith(await runValidate(deps, flagsOf(validate)));
  });
}
