import { type Command, Option } from 'commander';
import type { Io } from '../cli/io.ts';
import type { ServeFlags } from './daemon/daemon-config.ts';

type StoreFlags = ServeFlags & { readonly output: 'text' | 'json' };

/** `flotilla store …`: what an operator does with the daemon's own tables. Loaded when they run. */
export function registerStore(program: Command, exitWith: (code: number) => void, io: Io): void {
  const store = program.command('store').description("Look after the daemon's own tables.");
  const command = (name: string, description: string): Command =>
    store
      .command(name)
      .description(description)
      .option('--config <file>', 'the configuration file (default: flotilla.yaml, where there is one)')
      .option('--state-dir <dir>', 'the state folder of the daemon')
      .addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'));

  command('migrate', "Bring the tables to this program's version; serve does it by itself.").action(
    async ({ output, ...flags }: StoreFlags) => {
      const { storeMigrate } = await import('./daemon/store-commands.ts');
      exitWith(await storeMigrate(io, flags, output));
    },
  );
  command(
    'check',
    'Verify schema, key, file, and the audit trail of every rollout; exit code 1 where something is wrong.',
  ).action(async ({ output, ...flags }: StoreFlags) => {
    const { storeCheck } = await import('./daemon/store-commands.ts');
    exitWith(await storeCheck(io, flags, output));
  });
  command('prune', 'Remove rollouts that ended long ago, with their targets and events.')
    .requiredOption('--older-than <age>', 'how long ago at least: 90d, 36h')
    .option('--dry-run', 'only say what would be removed')
    .addHelpText('after', '\nA rollout that is live is never removed, nor the newest one of an env.')
    .action(async ({ output, olderThan, dryRun, ...flags }: StoreFlags & { readonly olderThan: string }) => {
      const { storePrune } = await import('./daemon/store-commands.ts');
      exitWith(await storePrune(io, flags, { olderThan, dryRun: dryRun === true, output }));
    });
  command('backup', 'Copy the SQLite store to a new file, also while a daemon runs.')
    .argument('<file>', 'must not exist yet')
    .action(async (file: string, { output, ...flags }: StoreFlags) => {
      const { storeBackup } = await import('./daemon/store-commands.ts');
      exitWith(await storeBackup(io, flags, { file, output }));
    });
}
