import { didYouMean, hcl } from '../../engine/index.ts';
import {
  type AllowedTimes,
  DAYS,
  type Day,
  type Freeze,
  freezeBetween,
  type StartWindow,
} from '../../shared/start-windows.ts';
import { isTimeZone, parseLocalTime } from '../../shared/zoned-time.ts';
import { refuseUnknown } from './block-shape.ts';
import type { GroupTools } from './read-group.ts';
import { headerOf } from './read-syntax.ts';

type Tools = Pick<GroupTools, 'scope' | 'reader' | 'problems'>;

/** Types of the blocks that this file reads. */
export const WINDOW_BLOCKS: readonly string[] = ['freeze', 'allow'];

const LAST_MINUTE = 1440;

/** The `freeze` and `allow` blocks of a deployment or of a group. All mistakes are noted. */
export const readWindows = (body: hcl.Body, tools: Tools, group?: string): readonly StartWindow[] => [
  ...hcl.findBlocks(body, 'freeze').flatMap((block) => readFreeze(block, tools, group) ?? []),
  ...hcl.findBlocks(body, 'allow').flatMap((block) => readAllow(block, tools, group) ?? []),
];

function readFreeze(block: hcl.Block, tools: Tools, group: string | undefined): Freeze | undefined {
  refuseUnknown(block, { attributes: ['from', 'to', 'zone', 'labels'] }, tools.problems);
  const name = block.labels[0]?.value ?? '';
  if (name === '' || block.labels.length !== 1) {
    tools.problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: 'a freeze needs one label: its name',
      at: headerOf(block),
    });
  }
  const zone = readZone(block, tools);
  const from = readDateTime(block, 'from', tools);
  const to = readDateTime(block, 'to', tools);
  if (zone === undefined || from === undefined || to === undefined) return undefined;
  const { fromMs, toMs } = freezeBetween(from, to, zone);
  const end = hcl.findAttribute(block.body, 'to');
  if (end !== undefined && toMs <= fromMs) {
    return fail(end, 'Invalid time', '"to" is not after "from".', tools);
  }
  return { kind: 'freeze', name, ...scopeOf(block, tools, group), zone, fromMs, toMs };
}

function readAllow(block: hcl.Block, tools: Tools, group: string | undefined): AllowedTimes | undefined {
  refuseUnknown(block, { attributes: ['days', 'from', 'to', 'zone', 'labels'] }, tools.problems);
  const zone = readZone(block, tools);
  const days = readDays(hcl.findAttribute(block.body, 'days'), tools);
  const fromMinute = readTime(block, 'from', 0, tools);
  const toMinute = readTime(block, 'to', LAST_MINUTE, tools);
  if (zone === undefined || fromMinute === undefined || toMinute === undefined) return undefined;
  const at = hcl.findAttribute(block.body, 'to') ?? hcl.findAttribute(block.body, 'from');
  if (at !== undefined && fromMinute === toMinute) {
    return fail(at, 'Invalid time', '"from" and "to" are the same: no time is between them.', tools);
  }
  return { kind: 'allow', ...scopeOf(block, tools, group), zone, days, fromMinute, toMinute };
}

function scopeOf(block: hcl.Block, { reader, scope }: Tools, group: string | undefined) {
  const attribute = hcl.findAttribute(block.body, 'labels');
  const given = reader.as(attribute, hcl.mapOf(hcl.STRING), scope);
  const entries = given?.kind === 'map' ? [...given.entries] : [];
  const labels = Object.fromEntries(
    entries.flatMap(([name, value]) => (value.kind === 'string' ? [[name, value.value]] : [])),
  );
  return { labels, ...(group === undefined ? {} : { group }) };
}

function readZone(block: hcl.Block, tools: Tools): string | undefined {
  const attribute = required(block, 'zone', tools);
  const zone = tools.reader.text(attribute, tools.scope);
  if (attribute === undefined || zone === undefined) return undefined;
  if (isTimeZone(zone)) return zone;
  const known = [...Intl.supportedValuesOf('timeZone'), 'UTC'];
  return fail(
    attribute,
    'Unknown time zone',
    `There is no time zone "${zone}"; expected a name of the IANA list like "Europe/Berlin", or "UTC".${didYouMean(zone, known)}`,
    tools,
  );
}

/** A local time, in ms as if it were UTC. */
function readDateTime(block: hcl.Block, name: string, tools: Tools): number | undefined {
  const attribute = required(block, name, tools);
  const text = tools.reader.text(attribute, tools.scope);
  if (attribute === undefined || text === undefined) return undefined;
  const local = parseLocalTime(text);
  if (local !== undefined) return local;
  return fail(
    attribute,
    'Invalid time',
    `"${name}" is "${text}"; expected a local time of the zone like "2026-11-27T00:00:00", without an offset.`,
    tools,
  );
}

/** Minutes after midnight. */
function readTime(block: hcl.Block, name: string, preset: number, tools: Tools): number | undefined {
  const attribute = hcl.findAttribute(block.body, name);
  if (attribute === undefined) return preset;
  const text = tools.reader.text(attribute, tools.scope);
  if (text === undefined) return undefined;
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  if (minute < LAST_MINUTE || (minute === LAST_MINUTE && name === 'to')) return minute;
  return fail(
    attribute,
    'Invalid time',
    `"${name}" is "${text}"; expected a time of the day like "22:00"${name === 'to' ? ', up to "24:00"' : ''}.`,
    tools,
  );
}

function readDays(attribute: hcl.Attribute | undefined, tools: Tools): readonly Day[] {
  if (attribute === undefined) return DAYS;
  const given = tools.reader.texts(attribute, tools.scope);
  const wrong = given.find((day) => !DAYS.some((one) => one === day));
  if (wrong !== undefined || given.length === 0) {
    const what = wrong === undefined ? 'is an empty list' : `has "${wrong}"`;
    fail(attribute, 'Invalid day', `"days" ${what}; expected days of ${DAYS.join(', ')}.`, tools);
  }
  return DAYS.filter((day) => given.includes(day));
}

function required(block: hcl.Block, name: string, { problems }: Tools): hcl.Attribute | undefined {
  const attribute = hcl.findAttribute(block.body, name);
  if (attribute !== undefined) return attribute;
  problems.add({
    code: 'DEPLOYMENT_INVALID',
    summary: 'Missing required argument',
    detail: `The argument "${name}" is required in a block "${block.type}".`,
    at: headerOf(block),
  });
  return undefined;
}

const fail = (attribute: hcl.Attribute, summary: string, detail: string, { reader }: Tools): undefined =>
  reader.fail(attribute, summary, detail, 'DEPLOYMENT_INVALID');
