import type { Command } from 'commander';
import type { Io } from '../cli/io.ts';

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

interface ServeFlags {
  readonly config?: string;
  readonly project?: readonly string[];
  readonly keepTemporal?: boolean;
  readonly [flag: string]: string | readonly string[] | boolean | undefined;
}

/** `flotilla serve` and `flotilla server …`. What they need is loaded when they run: the command line must start fast. */
export function registerServe(program: Command, exitWith: (code: number) => void, io: Io): void {
  program
    .command('serve')
    .description('Run the daemon: HTTP API, workers, and a Temporal server of its own unless one is configured.')
    .option('--config <file>', 'the configuration file (default: flotilla.yaml, where there is one)')
    .option('--project <NAME=DIR>', 'serve the project of this folder, repeatable', gather)
    .option('--listen <address>', 'HOST:PORT of the API')
    .option('--state-dir <dir>', 'where the daemon keeps its files')
    .option('--role <role>', 'all, api, orchestrator or engine')
    .option('--temporal-address <address>', 'HOST:PORT of a Temporal server that runs')
    .option('--temporal-namespace <name>', 'its namespace')
    .option('--temporal-profile <name>', "a profile of Temporal's own configuration file")
    .option('--log-level <level>', 'trace, debug, info, warn or error')
    .option('--log-format <format>', 'json or text')
    .option('--keep-temporal', 'leave the Temporal server running at the end')
    .action(async (flags: ServeFlags) => {
      const { serve } = await import('./daemon/serve.ts');
      exitWith(await serve(io, flags));
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
