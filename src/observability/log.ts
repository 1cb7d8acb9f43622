import { type DestinationStream, pino } from 'pino';
import pretty from 'pino-pretty';
import { redactFields, redactText } from './redact-text.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/**
 * The daemon's log: a JSON object a line, with `level`, `time` (ISO 8601), `msg` and the fields. Secrets in URLs are taken out of everything.
 * @param options.format `pretty`: for a person's eyes, the fields indented below the message. Default `json`
 * @param options.colorize of `pretty`. Default false
 * @param options.destination where lines go; by default stderr, each written before the call returns, so that none is lost in a crash
 */
export function createLog(options: {
  readonly level: LogLevel | 'fatal' | 'silent';
  readonly format?: 'json' | 'pretty';
  readonly colorize?: boolean;
  readonly destination?: DestinationStream;
}): Log {
  const lines = options.destination ?? pino.destination({ dest: 2, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.format === 'pretty' ? prettyLines(lines, options.colorize ?? false) : lines,
  );
  return (level, message, fields = {}) => {
    if (!logger.isLevelEnabled(level)) return;
    const safe = redactFields(fields);
    logger[level](typeof safe === 'object' && safe !== null ? safe : {}, redactText(message));
  };
}

/** In this process, not in a worker thread as pino's transports: a line must be out before a crash. */
const prettyLines = (destination: DestinationStream, colorize: boolean): DestinationStream =>
  pretty({ destination, colorize, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid' });
