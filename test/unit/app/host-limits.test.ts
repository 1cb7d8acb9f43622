import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createHostLimits } from '../../../src/app/host-limits.ts';

describe('host limits', () => {
  it('bound each host by itself', async () => {
    const limits = createHostLimits(3);
    const now = new Map<string, number>();
    const most = new Map<string, number>();
    const work = (host: string) =>
      limits.run(host, async () => {
        now.set(host, (now.get(host) ?? 0) + 1);
        most.set(host, Math.max(most.get(host) ?? 0, now.get(host) ?? 0));
        await sleep(2);
        now.set(host, (now.get(host) ?? 0) - 1);
      });
    await Promise.all(Array.from({ length: 30 }, (_, i) => work(i % 3 === 0 ? 'a' : 'b')));
    expect(Object.fromEntries(most)).toEqual({ a: 3, b: 3 });
  });

  it('bound all hosts together', async () => {
    const limits = createHostLimits(3, 4);
    let now = 0;
    let most = 0;
    const work = (host: string) =>
      limits.run(host, async () => {
        most = Math.max(most, ++now);
        await sleep(2);
        now -= 1;
      });
    await Promise.all(Array.from({ length: 30 }, (_, i) => work(i % 2 === 0 ? 'a' : 'b')));
    expect(most).toBe(4);
  });

  it('hand the place on when the work throws', async () => {
    const limits = createHostLimits(1);
    await expect(limits.run('a', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await limits.run('a', async () => 1)).toBe(1);
  });

  it('let a waiting one give up without losing a place', async () => {
    const limits = createHostLimits(1);
    const first = Promise.withResolvers<void>();
    const running = limits.run('a', () => first.promise);
    const abort = new AbortController();
    const waiting = limits.run('a', async () => 'never', abort.signal);
    const next = limits.run('a', async () => 'next');
    abort.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');
    first.resolve();
    await running;
    expect(await next).toBe('next');
  });

  it('give a host that refuses half as much at once, and slowly more again', async () => {
    const limits = createHostLimits(8);
    let [now, most] = [0, 0];
    const work = async (result: string): Promise<string> => {
      most = Math.max(most, ++now);
      await sleep(2);
      now -= 1;
      return result;
    };
    const runAll = async (n: number, result: string): Promise<number> => {
      most = 0;
      await Promise.all(
        Array.from({ length: n }, () =>
          limits.run(
            'a',
            () => work(result),
            undefined,
            (said) => said === 'full',
          ),
        ),
      );
      return most;
    };
    // All eight that were at it say the same thing once.
    expect(await runAll(8, 'full')).toBe(8);
    expect(await runAll(8, 'done')).toBe(4);
    expect(await runAll(16, 'done')).toBe(5);
    expect(await runAll(200, 'done')).toBe(8);
    expect(await runAll(1, 'full')).toBe(1);
    expect(await runAll(2, 'done')).toBe(1);
    // Another host has room all the while.
    expect(await Promise.all([limits.run('b', async () => 1), limits.run('b', async () => 2)])).toEqual([1, 2]);
  });
});
