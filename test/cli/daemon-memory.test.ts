import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const launcher = path.resolve(import.meta.dirname, '../../bin/flotilla.js');
/** Each program that Node begins in the process says with which flags, and with how many heaps of the C library. */
const SAY_FLAGS =
  '--import=data:text/javascript,process.stderr.write(`flags:${process.execArgv.join()}/${process.env.MALLOC_ARENA_MAX};`)';

/** The flags of the programs that a command line ran as, in turn. */
function flagsOf(args: readonly string[], options = ''): readonly string[] {
  const { MALLOC_ARENA_MAX: _, ...bare } = process.env;
  const env = { ...bare, NODE_OPTIONS: `${SAY_FLAGS} ${options}` };
  const { stderr, status } = spawnSync(process.execPath, [launcher, ...args], { env, encoding: 'utf8' });
  expect(status).toBe(0);
  return [...stderr.matchAll(/flags:([^;]*);/g)].map(([, flags = '']) => flags);
}

describe('the memory that V8 and the C library may keep', () => {
  it('is bound in a daemon', () => {
    expect(flagsOf(['serve', '--help'])).toEqual(['/undefined', '--max-semi-space-size=4/2']);
  });
  it('is as much as they like in a command, which must start fast', () => {
    expect(flagsOf(['version'])).toEqual(['/undefined']);
  });
  it('is left as the caller wants it', () => {
    expect(flagsOf(['serve', '--help'], '--max-semi-space-size=2')).toEqual(['/undefined']);
  });
});
