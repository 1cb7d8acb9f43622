import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec } from './payload-codec.ts';

/** The module that encodes failures: `.ts` where we run from sources. */
export const FAILURE_CONVERTER_PATH =
  ['ts', 'js']
    .map((suffix) => fileURLToPath(new URL(`./encoding-failure-converter.${suffix}`, import.meta.url)))
    .find(fs.existsSync) ?? '';

/**
 * How client and workers of a process write to Temporal and read from it: the same for all of them.
 * @param keys of src/temporal/payload-codec.ts; without any, failures stay readable for whoever looks into Temporal, too
 */
export const createDataConverter = (keys: readonly Uint8Array[]): DataConverter => ({
  payloadCodecs: [createPayloadCodec(keys)],
  ...(keys.length === 0 ? {} : { failureConverterPath: FAILURE_CONVERTER_PATH }),
});
