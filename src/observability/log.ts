import { type DestinationStream, pino } from 'pino';
import { redactFields, redactText } from './redact-text.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/**
 * The daemon's log: a JSON object a line, with `level`, `time` (ISO 8601), `msg` and the fields. Secrets in URLs are taken out of everything.
 * @param options.destination where lines go; by default stderr, each written before the call returns, so that none is lost in a crash
 */
export function createLog(options: {
  readonly level: LogLevel | 'fatal' | 'silent';
  readonly destination?: DestinationStream;
}): Log {
  const logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  );
  return (level, message, fields = {}) => {
    if (!logger.isLevelEnabled(level)) return;
    const safe = redactFields(fields);
    logger[level](typeof safe === 'object' && safe !== null ? safe : {}, redactText(message));
  };
}
