import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { installInto, sha256Of } from './install-program.ts';
import { runProgram, troubleOf } from './run-program.ts';

/** A network without a way out often swallows packets; whoever waits wants the next source tried soon. */
const ANSWER_MS = 1_500;
const DOWNLOAD_MS = 300_000;

/**
 * Downloads an official archive into the cache; refused unless its SHA-256 is the pinned one.
 * @returns undefined where the program is in the cache now, else why not
 */
export async function downloadRelease(options: {
  readonly archive: { readonly url: string; readonly sha256: string };
  readonly version: string;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly notice: (text: string) => void;
}): Promise<string | undefined> {
  const { archive } = options;
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  let response: Response;
  try {
    response = await fetch(archive.url, { signal: stop.signal });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  } finally {
    clearTimeout(late);
  }
  const { body } = response;
  if (!response.ok || body === null) {
    await body?.cancel();
    return `status ${response.status}`;
  }
  options.notice(`downloading Temporal's server ${options.version} from ${archive.url}`);
  return installInto(options.cacheDir, options.version, async (dir) => {
    const file = path.join(dir, 'archive.tar.gz');
    await pipeline(chunksOf(body), fs.createWriteStream(file), { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    const found = await sha256Of(file);
    if (found !== archive.sha256) return `refused: its SHA-256 is ${found}, expected ${archive.sha256}`;
    fs.mkdirSync(path.join(dir, 'bin'));
    const end = await runProgram('tar', ['-xzf', file, '-C', path.join(dir, 'bin'), 'temporal'], {
      env: options.env,
      limitMs: 60_000,
    });
    fs.rmSync(file);
    return end.code === 0 ? undefined : `tar: ${troubleOf(end)}`;
  });
}

/** The type of a body depends on whether some package has brought the browser's types along; what is used of it does not. */
async function* chunksOf(body: {
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> };
}): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (value !== undefined) yield value;
    if (done) return;
  }
}
