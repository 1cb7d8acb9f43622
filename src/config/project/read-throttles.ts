import { type DatabaseUrl, didYouMean, hcl, parseDatabaseUrl } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { THROTTLE_KINDS, type ThrottleKind } from '../../shared/throttles.ts';
import type { Throttle } from '../types.ts';
import { refuseUnknown } from './block-shape.ts';
import { parseHttpUrl } from './http-url.ts';
import type { GroupTools } from './read-group.ts';
import { headerOf } from './read-syntax.ts';
import type { Secrets } from './secrets.ts';

export interface ThrottleTools extends Pick<GroupTools, 'scope' | 'reader' | 'problems'> {
  readonly secrets: Secrets;
  /** @throws AppError TARGET_URL_INVALID. Default: parseDatabaseUrl */
  readonly parseUrl: ((text: string) => DatabaseUrl) | undefined;
}

/** A throttle and where it stands. */
export interface ReadThrottle {
  readonly throttle: Throttle;
  readonly block: hcl.Block;
}

const MAX_LAG_MS = 10_000;
const EVERY_MS = 1_000;
const LEAST_EVERY_MS = 100;
const TIMEOUT_MS = 2_000;
const MOST_TIMEOUT_MS = 30_000;

const OWN_ATTRIBUTES: Readonly<Record<ThrottleKind, readonly string[]>> = {
  replica_lag: ['max', 'replicas'],
  threads_running: ['max'],
  sql: ['query', 'max', 'url'],
  http: ['url'],
};

/** The `throttle` blocks of a deployment or of a group. All mistakes are noted. */
export const readThrottles = (body: hcl.Body, tools: ThrottleTools, group?: string): readonly ReadThrottle[] =>
  hcl.findBlocks(body, 'throttle').flatMap((block) => {
    const throttle = readThrottle(block, tools, group);
    return throttle === undefined ? [] : [{ throttle, block }];
  });

/** Each has a name of its own, by which it is shown and lifted. */
export function refuseSameThrottles(all: readonly ReadThrottle[], problems: GroupTools['problems']): void {
  const seen = new Set<string>();
  for (const { throttle, block } of all) {
    if (seen.has(throttle.name)) {
      problems.add({
        code: 'DEPLOYMENT_INVALID',
        summary: `there is another throttle "${throttle.name}"`,
        detail: `give this one a name of its own: throttle "${throttle.kind}" "<name>" { … }`,
        at: headerOf(block),
      });
    }
    seen.add(throttle.name);
  }
}

function readThrottle(block: hcl.Block, tools: ThrottleTools, group: string | undefined): Throttle | undefined {
  const [given = '', name = given, ...more] = block.labels.map(({ value }) => value);
  const kind = THROTTLE_KINDS.find((one) => one === given);
  if (kind === undefined || more.length > 0 || name === '') {
    tools.problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: kind === undefined ? `there is no throttle "${given}"` : 'Wrong labels of "throttle"',
      detail: `expected one of ${THROTTLE_KINDS.map((one) => `"${one}"`).join(', ')}, and perhaps a name: throttle "sql" "queue" { … }.${didYouMean(given, THROTTLE_KINDS)}`,
      at: headerOf(block),
    });
    return undefined;
  }
  refuseUnknown(block, { attributes: [...OWN_ATTRIBUTES[kind], 'every', 'timeout'] }, tools.problems);
  const common = {
    name,
    ...(group === undefined ? {} : { group }),
    everyMs: readDuration(block, 'every', tools, { preset: EVERY_MS, least: LEAST_EVERY_MS }),
    timeoutMs: readDuration(block, 'timeout', tools, { preset: TIMEOUT_MS, least: 1, most: MOST_TIMEOUT_MS }),
    mask: (text: string) => tools.secrets.mask(text),
  };
  switch (kind) {
    case 'replica_lag': {
      const maxMs = readDuration(block, 'max', tools, { preset: MAX_LAG_MS, least: 0 });
      return { kind, ...common, maxMs, replicas: readUrls(block, 'replicas', tools) };
    }
    case 'threads_running': {
      const max = readNumber(block, tools, true);
      return max === undefined ? undefined : { kind, ...common, max };
    }
    case 'sql': {
      const attribute = required(block, 'query', tools);
      const query = tools.reader.text(attribute, tools.scope);
      const max = readNumber(block, tools, false);
      const [url] = readUrls(block, 'url', tools);
      if (query === undefined) return undefined;
      return { kind, ...common, query, ...(max === undefined ? {} : { max }), ...(url === undefined ? {} : { url }) };
    }
    case 'http': {
      const url = readAddress(block, tools);
      return url === undefined ? undefined : { kind, ...common, url };
    }
  }
}

function readDuration(
  block: hcl.Block,
  name: string,
  tools: ThrottleTools,
  limits: { readonly preset: number; readonly least: number; readonly most?: number },
): number {
  const { preset, least, most = Number.POSITIVE_INFINITY } = limits;
  const attribute = hcl.findAttribute(block.body, name);
  const ms = tools.reader.durationMs(attribute, tools.scope) ?? preset;
  if (attribute !== undefined && (ms < least || ms > most)) {
    const range = most === Number.POSITIVE_INFINITY ? `at least ${least}ms` : `${least}ms to ${most / 1000}s`;
    fail(attribute, 'Invalid duration', `"${name}" of throttle "${block.labels[0]?.value}" is ${range}.`, tools);
  }
  return ms;
}

/** `max` of what is counted. */
function readNumber(block: hcl.Block, tools: ThrottleTools, isRequired: boolean): number | undefined {
  const attribute = isRequired ? required(block, 'max', tools) : hcl.findAttribute(block.body, 'max');
  const value = tools.reader.as(attribute, hcl.NUMBER, tools.scope);
  if (attribute === undefined || value?.kind !== 'number') return undefined;
  const max = hcl.toDouble(value.value);
  if (max >= 0) return max;
  const detail = `"max" of throttle "${block.labels[0]?.value}" is ${max}; expected a number, 0 or more.`;
  return fail(attribute, 'Invalid number', detail, tools);
}

function readUrls(block: hcl.Block, name: string, tools: ThrottleTools): readonly DatabaseUrl[] {
  const attribute = hcl.findAttribute(block.body, name);
  if (attribute === undefined) return [];
  return tools.reader.texts(attribute, tools.scope).flatMap((text) => {
    try {
      return (tools.parseUrl ?? parseDatabaseUrl)(text);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      fail(attribute, `Invalid "${name}"`, `${error.message}.`, tools);
      return [];
    }
  });
}

function readAddress(block: hcl.Block, tools: ThrottleTools) {
  const attribute = required(block, 'url', tools);
  const text = tools.reader.text(attribute, tools.scope);
  if (attribute === undefined || text === undefined) return undefined;
  const url = parseHttpUrl(text);
  if (url !== undefined) return url;
  return fail(attribute, 'Invalid "url"', 'expected an address that begins with http:// or https://.', tools);
}

function required(block: hcl.Block, name: string, { problems }: ThrottleTools): hcl.Attribute | undefined {
  const attribute = hcl.findAttribute(block.body, name);
  if (attribute !== undefined) return attribute;
  problems.add({
    code: 'DEPLOYMENT_INVALID',
    summary: 'Missing required argument',
    detail: `The argument "${name}" is required in throttle "${block.labels[0]?.value}".`,
    at: headerOf(block),
  });
  return undefined;
}

const fail = (attribute: hcl.Attribute, summary: string, detail: string, { reader }: ThrottleTools): undefined =>
  reader.fail(attribute, summary, detail, 'DEPLOYMENT_INVALID');
