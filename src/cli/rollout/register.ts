import { type Command, InvalidArgumentError, Option } from 'commander';
import { ROLLOUT_STATES, TARGET_STATES } from '../../shared/states.ts';
import type { Io } from '../io.ts';
import type { EventsFlags, ListFlags, TargetsFlags } from './list.ts';
import type { OutputFormat } from './output.ts';
import type { QuarantineFlags } from './quarantine.ts';
import type { StartFlags } from './start.ts';
import type { Verb } from './verbs.ts';

const gather = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];
const output = (): Option =>
  new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text');
const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
};
const statesOf =
  (known: readonly string[]) =>
  (text: string): string => {
    const stranger = text.split(',').find((one) => !known.includes(one.trim()));
    if (stranger !== undefined) throw new InvalidArgumentError(`expected states of ${known.join(', ')}`);
    return text;
  };

/** Adds `rollout …` and `targets …`: commands that talk to a daemon. Each loads what it needs when it runs, so that help is fast. */
export function registerRolloutCommands(program: Command, io: Io, exitWith: (code: number) => void): void {
  const rollout = program
    .command('rollout')
    .description('Bring a change to a fleet: plan, start, watch, stop, go on.')
    .addHelpText('after', EXIT_CODES);
  registerStart(rollout, io, exitWith);
  registerViews(rollout, io, exitWith);
  registerVerbs(rollout, io, exitWith);
  registerTargets(program.command('targets').description('Look at the targets of a rollout.'), io, exitWith);
}

interface QuarantinedFlags {
  readonly quarantined?: boolean;
  readonly project?: string;
  readonly env?: string;
}

const EXIT_CODES = `
Exit codes of start --wait and status --wait:
  0 succeeded   1 error   2 paused or waiting   3 failed   4 aborted or reverted   5 timed out

The daemon is the one at FLOTILLA_ADDR (http://127.0.0.1:7171), the token FLOTILLA_TOKEN.`;

function startFlags(command: Command): Command {
  return command
    .requiredOption('--project <name>', 'project that the daemon serves')
    .requiredOption('--env <name>', 'env of its project file')
    .option('--to-version <version>', 'newest version to bring (default: the newest file)')
    .option('--dir <url>', 'send this migration directory instead of the daemon\'s, as in "file://migrations"')
    .option(
      '--to <urls>',
      'files of the desired schema, as in "file://schema.hcl": a declarative rollout; repeatable',
      gather,
    )
    .option('--dev-url <url>', 'dev database for --to (default: that of the env); sent to the daemon, and not stored')
    .option('--var <name>=<value>', 'input variable of the project file, repeatable; not for secrets', gather);
}

function registerStart(rollout: Command, io: Io, exitWith: (code: number) => void): void {
  startFlags(rollout.command('plan'))
    .description('Show what a rollout would do: targets by state, groups, distinct plans, locks. Writes nothing.')
    .addOption(output())
    .action(async (flags: StartFlags) => {
      const [{ connect }, { runPlan }] = await Promise.all([import('./connect.ts'), import('./start.ts')]);
      exitWith(await runPlan(connect(io), io, flags));
    });
  startFlags(rollout.command('start'))
    .description('Start a rollout: canary first, then group by group.')
    .option('--reason <text>', 'for the audit trail')
    .option('--plan-digest <digest>', 'of the declarative plan that was approved: refused where it would be another')
    .option('--idempotency-key <key>', 'the same key gives the same rollout, also later')
    .option('--accept-shrink', 'the env may have far fewer targets than its last rollout had')
    .option('--override-freeze', 'ask for an override of freezes and allowed times; needs --reason')
    .option('--approved-by <name>', 'the second person for --override-freeze, on a daemon without tokens')
    .option('--wait', 'until it has ended or waits for a person')
    .option('--timeout <duration>', 'how long --wait waits, as in 30m')
    .addOption(output())
    .addHelpText(
      'after',
      '\nWith TRACEPARENT and TRACESTATE in its environment the rollout becomes part of that trace.',
    )
    .action(async (flags: StartFlags) => {
      const [{ connect }, { runStart }] = await Promise.all([import('./connect.ts'), import('./start.ts')]);
      exitWith(await runStart(connect(io), io, flags));
    });
}

function registerViews(rollout: Command, io: Io, exitWith: (code: number) => void): void {
  rollout
    .command('list')
    .description('List rollouts, newest first.')
    .option('--project <name>', 'of this project')
    .option('--env <name>', 'of this env')
    .option('--state <states>', 'in one of these states, comma-separated', statesOf(ROLLOUT_STATES))
    .option('--cursor <cursor>', 'the next page')
    .option('--limit <n>', 'rows a page, 1000 at most', wholeNumber)
    .addOption(output())
    .action(async (flags: ListFlags) => {
      const [{ connect }, { runList }] = await Promise.all([import('./connect.ts'), import('./list.ts')]);
      exitWith(await runList(connect(io), io, flags));
    });
  rollout
    .command('get <id>')
    .description('Show a rollout once. The first letters of the id are enough.')
    .addOption(output())
    .action((id: string, flags: { output: OutputFormat }) => showOnce(io, exitWith, id, flags.output));
  rollout
    .command('status [id]')
    .description('Show where a rollout stands; with --wait until it has ended or waits for a person.')
    .option('--wait', 'until it has ended or waits for a person')
    .option('--timeout <duration>', 'how long --wait waits, as in 30m')
    .addOption(output())
    .action(async (id: string | undefined, flags: { wait?: boolean; timeout?: string; output: OutputFormat }) => {
      const [{ connect }, { chooseRollout }, { durationFlag, waitFor }] = await Promise.all([
        import('./connect.ts'),
        import('./watch.ts'),
        import('./start.ts'),
      ]);
      const daemon = connect(io);
      const chosen = await chooseRollout(daemon, id);
      if (!flags.wait) return showOnce(io, exitWith, chosen, flags.output);
      exitWith(await waitFor(daemon, io, chosen, durationFlag('timeout', flags.timeout), flags.output));
    });
  rollout
    .command('watch [id]')
    .description('Watch a rollout until it has ended: a live tree on a terminal, one line per event elsewhere.')
    .action(async (id: string | undefined) => {
      const [{ connect }, { runWatch }] = await Promise.all([import('./connect.ts'), import('./watch.ts')]);
      exitWith(await runWatch(connect(io), io, id));
    });
  rollout
    .command('events <id>')
    .description('Print the audit trail of a rollout.')
    .option('--after <n>', 'only events after this number', wholeNumber)
    .option('--follow', 'go on until interrupted')
    .option('--verify', 'print none, but whether the trail is as it was written: exit code 1 where it is not')
    .addOption(output())
    .action(async (id: string, flags: EventsFlags) => {
      const [{ connect }, { runEvents }] = await Promise.all([import('./connect.ts'), import('./list.ts')]);
      exitWith(await runEvents(connect(io), io, id, flags));
    });
}

async function showOnce(io: Io, exitWith: (code: number) => void, id: string, format: OutputFormat): Promise<void> {
  const [{ connect }, { printRollout }] = await Promise.all([import('./connect.ts'), import('./output.ts')]);
  printRollout(io, await connect(io).get(`/rollouts/${encodeURIComponent(id)}`), format, Date.now());
  exitWith(0);
}

function registerVerbs(rollout: Command, io: Io, exitWith: (code: number) => void): void {
  const verb = (name: Verb, description: string): Command =>
    rollout
      .command(`${name} <id>`)
      .description(description)
      .option('--reason <text>', 'for the audit trail')
      .addOption(output());
  const send = async (
    name: Verb,
    id: string,
    { output: format, ...body }: { output: OutputFormat } & Record<string, unknown>,
  ): Promise<void> => {
    const [{ connect }, { runVerb }] = await Promise.all([import('./connect.ts'), import('./verbs.ts')]);
    exitWith(await runVerb(connect(io), io, name, id, body, format));
  };
  verb('pause', 'Start no more targets; comes back once that holds. What is in flight ends.')
    .option('--now', 'cancel what is in flight too, and come back once nothing is any more; it is pending again')
    .action((id, flags) => send('pause', id, flags));
  verb('resume', 'Go on after a pause.').action((id, flags) => send('resume', id, flags));
  verb('promote', 'End the bake of a group at once.').action((id, flags) => send('promote', id, flags));
  verb('approve', 'Let a group run that waits for approval.')
    .option('--group <name>', 'this group, and no other')
    .action((id, flags) => send('approve', id, flags));
  verb('abort', 'Start no more targets, ever; comes back once that holds.').action((id, flags) =>
    send('abort', id, flags),
  );
  verb('retry', 'Make failed targets pending again; a rollout that they had paused goes on.')
    .option('--failed', 'all that failed (the default)')
    .option('--target <id>', 'this target, repeatable', gather)
    .option('--group <name>', 'those of this group')
    .action((id, { failed: _all, target, ...flags }) =>
      send('retry', id, { ...flags, ...(target ? { targets: target } : {}) }),
    );
  rollout
    .command('skip <id>')
    .description('Leave targets out: they count as skipped, and no longer against the budget.')
    .requiredOption('--target <id>', 'this target, repeatable', gather)
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .addOption(output())
    .action((id, { target, ...flags }) => send('skip', id, { ...flags, targets: target }));
  rollout
    .command('override-freeze <id>')
    .description('Let a rollout run through freezes and outside of allowed times. A second person has to confirm it.')
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .option('--approved-by <name>', 'the second person, on a daemon without tokens; else they run this command, too')
    .addOption(output())
    .action((id, flags) => send('override-freeze', id, flags));
  rollout
    .command('lift-throttle <id>')
    .description('Let a throttle hold a rollout no more, for the rest of it.')
    .requiredOption('--throttle <name>', 'the throttle, by its name')
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .addOption(output())
    .action((id, flags) => send('lift-throttle', id, flags));
  verb(
    'revert',
    'Take back what the rollout applied, by the way back that the migration files hold. A live one is ended.',
  )
    .option('--all', 'everything that it applied (the default)')
    .option('--group <name>', 'what it applied in this group (of a rollout that is not at work)')
    .option('--target <id>', 'this target, repeatable (of a rollout that is not at work)', gather)
    .option('--skip-checks', 'drop tables although they hold rows')
    .action((id, { all: _all, target, ...flags }) =>
      send('revert', id, { ...flags, ...(target ? { targets: target } : {}) }),
    );
  verb('set', 'Change the limits of a group while it runs.')
    .requiredOption('--group <name>', 'of this group')
    .option('--parallel <n>', 'targets at once in the group', wholeNumber)
    .option('--per-host <n>', 'targets at once on one host', wholeNumber)
    .option('--max-failures <n>', 'how many may fail', wholeNumber)
    .option('--bake <duration>', 'how long to bake, as in 10m')
    .action(async (id, { bake, ...flags }) => {
      const { durationFlag } = await import('./start.ts');
      const bakeMs = durationFlag('bake', bake);
      return send('set', id, { ...flags, ...(bakeMs === undefined ? {} : { bakeMs }) });
    });
}

function registerTargets(targets: Command, io: Io, exitWith: (code: number) => void): void {
  targets
    .command('list')
    .description('List the targets of a rollout, or those in quarantine, a page at a time.')
    .option('--rollout <id>', 'of this rollout')
    .option('--quarantined', 'those that rollouts leave out')
    .option('--project <name>', 'with --quarantined: of this project')
    .option('--env <name>', 'with --quarantined: of this env')
    .option('--state <states>', 'in one of these states, comma-separated', statesOf(TARGET_STATES))
    .option('--group <name>', 'of this group')
    .option('--host <host>', 'on this host')
    .option('--contains <text>', 'with this in their id')
    .option('--cursor <cursor>', 'the next page')
    .option('--limit <n>', 'rows a page, 1000 at most', wholeNumber)
    .addOption(output())
    .action(async (flags: Omit<TargetsFlags, 'rollout'> & { rollout?: string } & QuarantinedFlags) => {
      const { quarantined, project, env, rollout, ...rest } = flags;
      if (quarantined === true) {
        const [{ connect }, { runQuarantined }] = await Promise.all([
          import('./connect.ts'),
          import('./quarantine.ts'),
        ]);
        return exitWith(await runQuarantined(connect(io), io, flags));
      }
      const [{ connect }, { requireRollout, runTargets }] = await Promise.all([
        import('./connect.ts'),
        import('./list.ts'),
      ]);
      exitWith(await runTargets(connect(io), io, { ...rest, rollout: requireRollout(rollout) }));
    });
  for (const verb of ['quarantine', 'release'] as const) {
    targets
      .command(`${verb} <target>`)
      .description(
        verb === 'quarantine'
          ? 'Leave a target out of later rollouts, until it is released.'
          : 'Let a target in quarantine take part in rollouts again.',
      )
      .requiredOption('--project <name>', 'its project')
      .requiredOption('--env <name>', 'its env')
      .addOption(new Option('--reason <text>', 'for those who look').makeOptionMandatory(verb === 'quarantine'))
      .addOption(output())
      .action(async (target: string, flags: QuarantineFlags) => {
        const [{ connect }, { runQuarantine }] = await Promise.all([import('./connect.ts'), import('./quarantine.ts')]);
        exitWith(await runQuarantine(connect(io), io, verb, target, flags));
      });
  }
  targets
    .command('show <target>')
    .description('Show everything that is known of one target.')
    .requiredOption('--rollout <id>', 'of this rollout')
    .addOption(output())
    .action(async (target: string, flags: { rollout: string; output: OutputFormat }) => {
      const [{ connect }, { runTarget }] = await Promise.all([import('./connect.ts'), import('./list.ts')]);
      exitWith(await runTarget(connect(io), io, flags.rollout, target, flags.output));
    });
}
