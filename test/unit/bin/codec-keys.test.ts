import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCodecKeys } from '../../../src/bin/daemon/codec-keys.ts';
import { parseDaemonConfig } from '../../../src/config/daemon/parse-daemon-config.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';

const KEYS = [1, 2].map((byte) => Buffer.from(new Uint8Array(32).fill(byte)));
const [FIRST, SECOND] = KEYS.map((key) => key.toString('base64'));

/** As `serve` reads them. */
function keysFrom(env: Readonly<Record<string, string>>) {
  const { value, diagnostics } = parseDaemonConfig({ flags: {}, env, cwd: '/' });
  if (value === undefined) throw new Error(diagnostics.map(({ detail }) => detail).join('; '));
  return readCodecKeys(value.temporal).map((key) => Buffer.from(key));
}

describe("the keys of Temporal's payloads", () => {
  let file: string;
  beforeEach(() => {
    file = path.join(throwAwayFolder('codec'), 'keys');
  });

  it('are none by default', () => {
    expect(keysFrom({})).toEqual([]);
  });

  it('are those of the variable, separated by commas', () => {
    expect(keysFrom({ FLOTILLA_TEMPORAL_CODEC_KEY: `${FIRST}, ${SECOND}` })).toEqual(KEYS);
  });

  it('are those of the file, one a line', () => {
    fs.writeFileSync(file, `# since May\n${FIRST}\n\n${SECOND}\n`);
    expect(keysFrom({ FLOTILLA_TEMPORAL_CODEC_KEY_FILE: file })).toEqual(KEYS);
  });

  it.each([
    ['a line that is no key', `${FIRST}\nnot-a-key\n`, /line 2: expected 32 bytes/],
    ['no key', '# later\n', /holds no key/],
  ])('a file with %s is refused, and not shown', (_, text, message) => {
    fs.writeFileSync(file, text);
    const read = () => keysFrom({ FLOTILLA_TEMPORAL_CODEC_KEY_FILE: file });
    expect(read).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) }));
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining('not-a-key') }));
  });

  it('a file that is not there, and a variable without a key, are refused', () => {
    expect(() => keysFrom({ FLOTILLA_TEMPORAL_CODEC_KEY_FILE: `${file}-not` })).toThrow(/cannot be read/);
    expect(() => keysFrom({ FLOTILLA_TEMPORAL_CODEC_KEY: `${FIRST},short` })).toThrow(/32 bytes in base64/);
  });
});
