import type { Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createPayloadCodec } from '../../../src/temporal/payload-codec.ts';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const payload = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain'), messageType: Buffer.from('x.y') },
  data: Buffer.from(text),
});
const plain = (one: Payload | undefined): unknown => ({
  data: Buffer.from(one?.data ?? []).toString(),
  metadata: Object.fromEntries(
    Object.entries(one?.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString()]),
  ),
});

describe('the payload codec', () => {
  const old = createPayloadCodec([key(1)]);

  it('gives back what it was given, and shows nothing of it meanwhile', async () => {
    const given = [
      payload('"a word"'),
      payload(''),
      payload('ü'.repeat(5_000)),
      {},
      { data: [] as unknown as Uint8Array },
    ];
    const encoded = await old.encode(given);
    expect(JSON.stringify(encoded.map(plain))).not.toMatch(/a word|json.plain|messageType|üüü/);
    expect((await old.decode(encoded)).map(plain)).toEqual(given.map(plain));
  });

  it('never writes the same twice', async () => {
    const [one, two] = await old.encode([payload('1'), payload('1')]);
    expect(one?.data).not.toEqual(two?.data);
  });

  it('reads under every key, and writes under the first', async () => {
    const both = createPayloadCodec([key(2), key(1)]);
    expect((await both.decode(await old.encode([payload('1')]))).map(plain)).toEqual([plain(payload('1'))]);
    const written = await both.encode([payload('1')]);
    await expect(old.decode(written)).rejects.toMatchObject({ code: 'TEMPORAL_CODEC_KEY_WRONG' });
    expect((await createPayloadCodec([key(2)]).decode(written)).map(plain)).toEqual([plain(payload('1'))]);
  });

  it('without a key lets everything through, but for what it cannot read', async () => {
    const none = createPayloadCodec([]);
    const given = [payload('1')];
    expect(await none.encode(given)).toEqual(given);
    expect(await none.decode(given)).toEqual(given);
    expect(await old.decode(given)).toEqual(given);
    await expect(none.decode(await old.encode(given))).rejects.toMatchObject({
      code: 'TEMPORAL_CODEC_KEY_WRONG',
      next: expect.stringContaining('FLOTILLA_TEMPORAL_CODEC_KEY'),
    });
  });

  it.each([0, 13, 30, -1])('notices a changed byte at %i', async (at) => {
    const [encoded] = await old.encode([payload('"a word"')]);
    const data = Buffer.from(encoded?.data ?? []);
    const place = at < 0 ? data.length + at : at;
    data[place] = (data[place] ?? 0) ^ 1;
    await expect(old.decode([{ ...encoded, data }])).rejects.toMatchObject({ code: 'TEMPORAL_CODEC_KEY_WRONG' });
  });
});
