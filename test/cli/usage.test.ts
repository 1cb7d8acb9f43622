/** What a person sees who mistypes a command of ours. Atlas's own commands: migrate-files.test.ts. */
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { memoryIo } from '../support/memory-io.ts';

async function flotilla(args: string, env: Readonly<Record<string, string>> = {}) {
  const streams = memoryIo({ cwd: '/', env });
  const migrate = () => Promise.reject(new Error('no command of this test needs it'));
  const code = await runProgram(args.split(' '), { io: streams.io, migrate });
  return { code, out: streams.stdout(), err: streams.stderr() };
}

describe('a mistake on the command line', () => {
  it.each([
    [
      'rolout list',
      'unknown command "rolout" for "flotilla"\n\nDid you mean this?\n\trollout\n\nRun \'flotilla --help\' for usage.',
    ],
    [
      'rollout strt',
      'unknown command "strt" for "flotilla rollout"\n\nDid you mean this?\n\tstart\n\nRun \'flotilla rollout --help\' for usage.',
    ],
    ['targets zzz', 'unknown command "zzz" for "flotilla targets"\nRun \'flotilla targets --help\' for usage.'],
    [
      'rollout start --projct=shop',
      "unknown flag: --projct\n\nDid you mean this?\n\t--project\n\nRun 'flotilla rollout start --help' for usage.",
    ],
    ['rollout start', 'required flag(s) "env", "project" not set\nRun \'flotilla rollout start --help\' for usage.'],
    ['rollout pause', 'missing argument "id"\nRun \'flotilla rollout pause --help\' for usage.'],
    [
      'rollout get a b',
      'accepts at most 1 arg(s), received 2: "a", "b"\nRun \'flotilla rollout get --help\' for usage.',
    ],
    [
      'rollout list -o yaml',
      'invalid argument "yaml" for "-o, --output" flag: expected one of text, json\nRun \'flotilla rollout list --help\' for usage.',
    ],
    [
      'targets list --rollout x --limit ten',
      'invalid argument "ten" for "--limit" flag: expected a whole number\nRun \'flotilla targets list --help\' for usage.',
    ],
    [
      'targets list --rollout x --state broken',
      'invalid argument "broken" for "--state" flag: expected states of pending, running, applied, unchanged, failed, deferred, skipped, reverted, gone, joined, quarantined\nRun \'flotilla targets list --help\' for usage.',
    ],
  ])('%s', async (args, said) => {
    expect(await flotilla(args)).toEqual({ code: 1, out: '', err: `Error: ${said}\n` });
  });

  it('is none where only a group is named: its commands are shown', async () => {
    const { code, out, err } = await flotilla('targets');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Available Commands:\n  list ');
  });
});

describe('a daemon that is not running', () => {
  it.each(['rollout list -o json', 'rollout pause 01jd7k', 'targets list --rollout 01jd7k -o json', 'rollout watch'])(
    '%s says where it looked and what to start, on stderr alone',
    async (args) => {
      const FLOTILLA_ADDR = 'http://127.0.0.1:2';
      expect(await flotilla(args, { FLOTILLA_ADDR })).toEqual({
        code: 1,
        out: '',
        err: `Error: no daemon answers at "${FLOTILLA_ADDR}" (ECONNREFUSED) [DAEMON_UNREACHABLE]\nnext  start one with flotilla serve, or set FLOTILLA_ADDR\n`,
      });
    },
  );

  it('is told from an address that cannot be one', async () => {
    const { code, err } = await flotilla('rollout list', { FLOTILLA_ADDR: 'ht tp' });
    expect([code, err]).toEqual([
      1,
      'Error: the daemon address "ht tp" is no URL; expected http://HOST:PORT [INPUT_INVALID]\nnext  set FLOTILLA_ADDR\n',
    ]);
  });
});
