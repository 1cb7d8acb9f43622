/** `freezes` of flotilla.yaml: for all projects of the daemon. */
import { z } from 'zod';
import { type Freeze, freezeBetween } from '../../shared/start-windows.ts';
import { isTimeZone, parseLocalTime } from '../../shared/zoned-time.ts';
import { text } from './value-schemas.ts';

const localTime = z.string().transform((given, context) => {
  const local = parseLocalTime(given);
  if (local !== undefined) return local;
  const message = 'expected a local time of the zone like "2026-11-27T00:00:00", without an offset';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const timeZone = z.string().refine(isTimeZone, 'expected a time zone of the IANA list like "Europe/Berlin", or "UTC"');

const freeze = z
  .strictObject({
    name: text,
    from: localTime,
    to: localTime,
    zone: timeZone,
    labels: z.record(z.string(), z.string()).default({}),
  })
  .transform(({ name, from, to, zone, labels }, context): Freeze => {
    const times = freezeBetween(from, to, zone);
    if (times.toMs <= times.fromMs) {
      context.addIssue({ code: 'custom', path: ['to'], message: '"to" is not after "from"' });
    }
    return { kind: 'freeze', name, labels, zone, ...times };
  });

export const FREEZE_KEYS: readonly string[] = ['name', 'from', 'to', 'zone', 'labels'];

export const freezesSchema = z.array(freeze);
