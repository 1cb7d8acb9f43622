import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStoreKey } from '../../../src/bin/daemon/store-key.ts';

let stateDir: string;
beforeEach(() => {
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'flotilla-key-'));
});
afterEach(() => fs.rmSync(stateDir, { recursive: true, force: true }));

describe("the store's key", () => {
  it('is made once, for its user alone, and nothing is left beside it', () => {
    const key = readStoreKey({ stateDir, storeKey: undefined });
    expect(key).toHaveLength(32);
    expect(readStoreKey({ stateDir, storeKey: undefined })).toEqual(key);
    expect(fs.readdirSync(stateDir)).toEqual(['store.key']);
    expect(fs.statSync(path.join(stateDir, 'store.key')).mode & 0o777).toBe(0o600);
  });

  it('is the configured one where there is one: no file is made', () => {
    const storeKey = new Uint8Array(32).fill(1);
    expect(readStoreKey({ stateDir, storeKey })).toBe(storeKey);
    expect(fs.readdirSync(stateDir)).toEqual([]);
  });

  it('is not made up where the file is damaged', () => {
    fs.writeFileSync(path.join(stateDir, 'store.key'), 'half a k');
    expect(() => readStoreKey({ stateDir, storeKey: undefined })).toThrow(
      expect.objectContaining({ code: 'STORE_KEY_WRONG', message: expect.stringContaining('store.key') }),
    );
    expect(fs.readFileSync(path.join(stateDir, 'store.key'), 'utf8')).toBe('half a k');
  });
});
