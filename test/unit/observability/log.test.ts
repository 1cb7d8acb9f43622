import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/observability/log.ts';

const written = (format: 'json' | 'pretty'): string => {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const log = createLog({ level: 'info', format, destination });
  log('debug', 'not asked for');
  log('warn', 'cannot reach postgres://deploy:s3cret@db-1:5432/acme', {
    url: 'postgres://deploy:s3cret@db-1/acme',
    n: 3,
  });
  return text;
};

describe('the log', () => {
  it('is a JSON object a line, without the secrets of URLs', () => {
    const lines = written('json').trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      msg: 'cannot reach postgres://db-1:5432/acme',
      url: 'postgres://db-1/acme',
      n: 3,
    });
  });

  it('is for a person where it is to be pretty, with the same fields and as few secrets', () => {
    const text = written('pretty');
    expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: cannot reach postgres:\/\/db-1:5432\/acme\n/);
    expect(text).toContain('n: 3');
    expect(text).not.toContain('s3cret');
    expect(text).not.toContain('not asked for');
  });
});
