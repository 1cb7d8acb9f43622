/** What single values look like, the same in flotilla.yaml, in variables and in flags (there they come as text). */
import { z } from 'zod';
import { parseAge } from '../../shared/age.ts';
import { type CountOrShare, parseCountOrShare } from '../../shared/count-or-share.ts';
import { parseGoDuration } from '../../shared/go-duration.ts';
import { decodeStoreKey } from '../../shared/store-key.ts';
import type { ListenAddress } from './types.ts';

/** `200ms`, `1h30m`, 0: into milliseconds. */
export const duration = z.union([z.string(), z.literal(0)]).transform((text, context) => {
  const ms = text === 0 ? 0 : parseGoDuration(text);
  if (ms !== undefined && ms >= 0) return ms;
  context.addIssue({ code: 'custom', message: 'expected a duration like "200ms", "15m" or "1h30m"' });
  return z.NEVER;
});

/** `180d`, `36h`: into milliseconds; more than none. */
export const age = z.string().transform((text, context) => {
  const ms = parseAge(text);
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: 'custom', message: 'expected an age like "180d" or "36h"' });
  return z.NEVER;
});

/** A whole number; as text in variables and flags. */
export const wholeNumber = (least: number) =>
  z.union([z.number(), z.string()]).transform((given, context) => {
    const value = typeof given === 'number' ? given : /^\d+$/.test(given.trim()) ? Number(given) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    context.addIssue({ code: 'custom', message: `expected a whole number, ${least} or more` });
    return z.NEVER;
  });

/** `3` or `10%`. */
export const countOrShare = z.union([z.number(), z.string()]).transform((given, context): CountOrShare => {
  const value = parseCountOrShare(String(given).trim());
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom', message: 'expected a whole number, 0 or more, or a share like "10%"' });
  return z.NEVER;
});

export const flag = z.union([z.boolean(), z.string()]).transform((given, context) => {
  if (given === true || given === 'true' || given === '1') return true;
  if (given === false || given === 'false' || given === '0') return false;
  context.addIssue({ code: 'custom', message: 'expected true or false' });
  return z.NEVER;
});

export const text = z.string().min(1, 'expected a text that is not empty');

/** A list in YAML, or separated by commas. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (given) => (typeof given === 'string' ? given.split(',').map((one) => one.trim()) : given),
    z.array(item),
  );

/** `127.0.0.1:7171`, `[::1]:7171`, `:7171`. */
export const listenAddress = z.string().transform((given, context): ListenAddress => {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:\s]*)):(\d{1,5})$/.exec(given.trim());
  const port = Number(match?.[3]);
  if (match !== null && port <= 65_535) return { host: match[1] ?? match[2] ?? '', port };
  context.addIssue({ code: 'custom', message: 'expected HOST:PORT like "127.0.0.1:7171"' });
  return z.NEVER;
});

/** `postgres://…`; the text itself never appears in a message. */
export const storeUrl = z.string().transform((given, context) => {
  if (/^postgres(?:ql)?:\/\//.test(given) && URL.canParse(given)) return given;
  context.addIssue({
    code: 'custom',
    message: 'expected a URL of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE',
  });
  return z.NEVER;
});

/** 32 bytes in base64 (`openssl rand -base64 32`); the text itself never appears in a message. */
export const storeKey = z.string().transform((given, context): Uint8Array => {
  const key = decodeStoreKey(given);
  if (key !== undefined) return key;
  context.addIssue({ code: 'custom', message: 'expected 32 bytes in base64, as `openssl rand -base64 32` gives them' });
  return z.NEVER;
});

/** It stands in workflow ids and paths. */
export const PROJECT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
