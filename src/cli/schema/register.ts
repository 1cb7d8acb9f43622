import { type Command, Option } from 'commander';
import type { MigrateDeps } from '../migrate/deps.ts';
import { gather, withGlobals } from '../migrate/register.ts';
import type { SchemaFlags } from './flags.ts';

type LoadDeps = () => Promise<MigrateDeps>;
type ExitWith = (code: number) => void;

const URL_TEXT = '[driver://username:password@address/dbname?param=value] select a resource using the URL format';
const DEV_TEXT = '[driver://username:password@address/dbname?param=value] select a dev database using the URL format';

/** Adds `schema …`: commands that compare a database with the state that is wanted of it. Each loads its module when it runs. */
export function registerSchemaCommands(program: Command, load: LoadDeps, exitWith: ExitWith): void {
  const schema = withGlobals(program.command('schema'))
    .summary('Work with the schema of a database as code')
    .description(`'${program.name()} schema' groups commands that read, compare and change the schema of a database.`)
    .argument('[command]')
    .allowExcessArguments()
    .usage('[command]')
    .action(() => {
      schema.outputHelp();
      exitWith(0);
    });
  const sub = (name: string, summary: string, description = summary): Command =>
    withGlobals(schema.command(name))
      .summary(summary)
      .description(description)
      .option('--dev-url <string>', DEV_TEXT)
      .option('--lock-timeout <duration>', 'set how long to wait for the dev database (default 10s)')
      .option('--exclude <strings>', 'list of glob patterns used to filter resources', gather)
      .option('--format <string>', 'Go template to use to format the output')
      .usage('[flags]');
  const flagsOf = (command: Command): SchemaFlags => ({
    ...schema.opts<SchemaFlags>(),
    ...command.opts<SchemaFlags>(),
  });

  const inspect = sub(
    'inspect',
    'Inspect a database and print its schema in Atlas DDL syntax.',
    `'flotilla schema inspect' connects to the given database and prints its schema.
A file or folder can be inspected too: a dev database says what it makes of it.
Templates of --format know {{ sql . "  " }}, {{ hcl . }}, {{ json . }} and {{ mermaid . }}.`,
  ).option('-u, --url <string>', URL_TEXT);
  inspect.action(async () => {
    const [{ runInspect }, deps] = await Promise.all([import('./inspect.ts'), load()]);
    exitWith(await runInspect(deps, flagsOf(inspect)));
  });

  const diff = sub(
    'diff',
    'Calculate and print the diff between two schemas.',
    `'flotilla schema diff' prints the statements that bring the schema of --from to that of --to.
Each is a database, or files and folders of HCL or SQL.`,
  )
    .option('-f, --from <strings>', 'list of URLs to the current state', gather)
    .option('--to <strings>', 'list of URLs to the desired state', gather);
  diff.action(async () => {
    const [{ runDiff }, deps] = await Promise.all([import('./diff.ts'), load()]);
    exitWith(await runDiff(deps, flagsOf(diff)));
  });

  const apply = sub(
    'apply',
    'Apply a schema to a target database.',
    `'flotilla schema apply' plans what brings a database to the desired state, shows it, and runs it once it is approved.
What stands in the database and not in the desired state is dropped: --dry-run shows the plan, --exclude leaves things alone.`,
  )
    .option('-u, --url <string>', URL_TEXT)
    .option('--to <strings>', 'list of URLs to the desired state', gather)
    .addOption(new Option('-f, --file <strings>').argParser(gather).hideHelp())
    .option('--dry-run', 'print SQL without executing it')
    .option('--auto-approve', 'apply changes without asking')
    .option('--plan <string>', 'plan file to apply, as in "file://x.plan.hcl": only where its states are those of now')
    .option('--tx-mode <string>', 'set transaction mode [none, file] (default "file")');
  apply.action(async () => {
    const [{ runApply }, deps] = await Promise.all([import('./apply.ts'), load()]);
    exitWith(await runApply(deps, flagsOf(apply)));
  });

  const clean = sub(
    'clean',
    'Removes all objects from the connected database.',
    `'flotilla schema clean' drops everything in the schema that --url is bound to, or in the whole database, and leaves nothing behind:
tables with their rows too. --dry-run shows what would be dropped, --exclude leaves things alone.`,
  )
    .option('-u, --url <string>', URL_TEXT)
    .option('--dry-run', 'print SQL without executing it')
    .option('--auto-approve', 'drop without asking');
  clean.action(async () => {
    const [{ runClean }, deps] = await Promise.all([import('./clean.ts'), load()]);
    exitWith(await runClean(deps, flagsOf(clean)));
  });

  const fmt = withGlobals(schema.command('fmt'))
    .summary('Formats Atlas HCL files')
    .description(
      `'flotilla schema fmt' brings HCL files into canonical layout, and prints the names of those that it changed.
A folder stands for the .hcl files in it, not for those in its folders; without an argument it is the current one.`,
    )
    .argument('[path ...]')
    .allowExcessArguments()
    .usage('[path ...]');
  fmt.action(async () => {
    const [{ runFmt }, deps] = await Promise.all([import('./fmt.ts'), load()]);
    exitWith(await runFmt(deps, fmt.args));
  });

  const plan = sub(
    'plan',
    'Plan a declarative migration for the schema transition.',
    `'flotilla schema plan' plans what brings the schema of --from to that of --to, and writes it into a file that can be
reviewed, and applied with 'schema apply --plan'. The file names both states: where one has changed since, it is refused.`,
  )
    .option('-f, --from <strings>', 'list of URLs to the current state', gather)
    .option('--to <strings>', 'list of URLs to the desired state', gather)
    .option('--save', 'save the plan without asking')
    .option('--name <string>', 'name of the plan (default: the time)')
    .option('-o, --output <string>', 'file to write the plan to (default: <name>.plan.hcl)')
    .option('--dry-run', 'print the plan, and do not ask or save')
    .option('--auto-approve', 'save the plan without asking');
  plan.action(async () => {
    const [{ runPlan }, deps] = await Promise.all([import('./plan.ts'), load()]);
    exitWith(await runPlan(deps, flagsOf(plan)));
  });
}
