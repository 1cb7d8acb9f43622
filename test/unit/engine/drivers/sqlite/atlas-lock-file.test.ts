import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  adler32,
  atlasLockPath,
  isLockFileHeld,
  takeLockFile,
} from '../../../../../src/engine/drivers/sqlite/atlas-lock-file.ts';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flotilla-lock-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

describe("Atlas's lock file", () => {
  it('has the checksum of the example in RFC 1950', () => {
    expect(adler32('Wikipedia').toString(16)).toBe('11e60398');
    expect(adler32('')).toBe(1);
    expect(adler32('x'.repeat(100_000)).toString(16)).toBe('7e2a25ba');
  });

  it('has a suffix only where the DSN starts with file:', () => {
    expect(atlasLockPath('/tmp', 'atlas_migrate_execute', 'a.db?_fk=1')).toBe('/tmp/atlas_migrate_execute.lock');
    expect(atlasLockPath('/tmp', 'atlas_migrate_execute', 'file:Wikipedia?_fk=1')).toBe(
      '/tmp/atlas_migrate_execute_11e60398.lock',
    );
  });

  it('holds its expiry in nanoseconds, and lets nobody else in until then', () => {
    const file = path.join(dir, 'a.lock');
    const lock = takeLockFile(file, 1_000_000, 1_010_000);
    expect(fs.readFileSync(file, 'utf8')).toBe('1010000000000');
    expect(takeLockFile(file, 1_009_999, 2_000_000)).toBeUndefined();
    expect(isLockFileHeld(file, 1_009_999)).toBe(true);
    lock?.giveUp();
    expect(fs.existsSync(file)).toBe(false);
    expect(isLockFileHeld(file, 1_009_999)).toBe(false);
  });

  it('is taken over once it has expired, and then its first holder leaves it alone', () => {
    const file = path.join(dir, 'a.lock');
    const first = takeLockFile(file, 1_000_000, 1_010_000);
    const second = takeLockFile(file, 1_010_001, 1_020_000);
    expect(second).toBeDefined();
    first?.renew(9_000_000);
    first?.giveUp();
    expect(fs.readFileSync(file, 'utf8')).toBe('1020000000000');
    second?.renew(1_030_000);
    expect(isLockFileHeld(file, 1_025_000)).toBe(true);
  });
});
