import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isWorkerGone, workerIdentity } from '../../../src/temporal/worker-identity.ts';

const module = path.resolve(import.meta.dirname, '../../../src/temporal/worker-identity.ts');

describe.skipIf(process.platform !== 'linux')('the identity of a worker', () => {
  const mine = workerIdentity('0.1.0');

  it('names version, host and process, for whoever reads it in Temporal', () => {
    expect(mine.split('/').slice(0, 4)).toEqual(['flotilla', '0.1.0', os.hostname(), String(process.pid)]);
  });

  it('of a process that lives says so', () => {
    expect(isWorkerGone(mine)).toBe(false);
  });

  it('of a process that has ended says so', () => {
    const code = `import { workerIdentity } from ${JSON.stringify(module)}; console.log(workerIdentity('0.1.0'))`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect(stdout.trim()).toMatch(/^flotilla\/0\.1\.0\//);
    expect(isWorkerGone(stdout.trim())).toBe(true);
  });

  it('of a process whose number is taken by another one says that it has ended', () => {
    expect(isWorkerGone(mine.replace(/\d+$/, '1'))).toBe(true);
  });

  it.each([
    ['of another host', mine.replace(os.hostname(), 'elsewhere')],
    ['of another container or boot', mine.replace(/[0-9a-f]+-(\d+)$/, '0123456789ab-1')],
    ['without a mark', mine.slice(0, mine.lastIndexOf('/'))],
    ['of somebody else', `${process.pid}@${os.hostname()}`],
    ['that is empty', ''],
  ])('%s is nothing that can be told from here', (_, identity) => {
    expect(isWorkerGone(identity)).toBe(false);
  });
});
