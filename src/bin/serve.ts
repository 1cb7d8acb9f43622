import { type Command, Option } from 'commander';
import type { Io } from '../cli/io.ts';
import type { ServeFlags } from './daemon/daemon-config.ts';

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** The flags that stand for a setting of flotilla.yaml. */
const withSettings = (command: Command): Command =>
  command
    .option('--config <file>', 'the configuration file (default: flotilla.yaml, where there is one)')
    .option('--project <NAME=DIR>', 'serve the project of this folder, repeatable', gather)
    .option('--listen <address>', 'HOST:PORT of the API (default 127.0.0.1:7171)')
    .option('--state-dir <dir>', 'where the daemon keeps its files (default ~/.local/state/flotilla)')
    .option('--role <role>', 'all, api, orchestrator or engine (default all)')
    .option('--temporal-address <address>', 'HOST:PORT of a Temporal server that runs (default: one of its own)')
    .option('--temporal-namespace <name>', 'its namespace')
    .option('--temporal-profile <name>', "a profile of Temporal's own configuration file")
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default info)')
    .option('--log-format <format>', 'json or pretty (default json)');

const SOURCES = `
Each flag wins over its variable (FLOTILLA_LISTEN, …), that over flotilla.yaml, that over the default.
flotilla config show prints what holds and where it comes from.
OTEL_EXPORTER_OTLP_ENDPOINT and its kin switch traces on: docs/traces.md.`;

/** `flotilla serve`, `flotilla config …` and `flotilla server …`. What they need is loaded when they run: the command line must start fast. */
export function registerServe(program: Command, exitWith: (code: number) => void, io: Io): void {
  withSettings(program.command('serve'))
    .description('Run the daemon: HTTP API, workers, and a Temporal server of its own unless one is configured.')
    .option('--keep-temporal', 'leave the Temporal server running at the end')
    .addHelpText('after', SOURCES)
    .action(async (flags: ServeFlags) => {
      const { serve } = await import('./daemon/serve.ts');
      exitWith(await serve(io, flags));
    });
  const config = program.command('config').description("Look at the daemon's configuration.");
  withSettings(config.command('show'))
    .description(
      'Show each setting of the daemon and where it comes from: flag, variable, flotilla.yaml with line, default.',
    )
    .addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nIt reads what flotilla serve would read here, with the same flags; secrets are redacted.')
    .action(async ({ output, ...flags }: ServeFlags & { readonly output: 'text' | 'json' }) => {
      const { configShow } = await import('./daemon/config-show.ts');
      exitWith(await configShow(io, flags, output));
    });
  const server = program.command('server').description('Look at, or end, the daemon of a state folder.');
  const folder = (name: string, description: string): Command =>
    server.command(name).description(description).option('--state-dir <dir>', 'the state folder of the daemon');
  folder('status', 'Show the daemon and its Temporal server.').action(async (flags: { readonly stateDir?: string }) => {
    const { serverStatus } = await import('./daemon/server-commands.ts');
    exitWith(await serverStatus(io, flags.stateDir));
  });
  folder('stop', 'End the daemon and its Temporal server.').action(async (flags: { readonly stateDir?: string }) => {
    const { serverStop } = await import('./daemon/server-commands.ts');
    exitWith(await serverStop(io, flags.stateDir));
  });
}
