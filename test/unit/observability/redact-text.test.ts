import { describe, expect, it } from 'vitest';
import { redactFields, redactText } from '../../../src/observability/redact-text.ts';

const SECRET = 's3cr3t';

describe('redactText', () => {
  it.each([
    [`postgres://bob:${SECRET}@db:5432/shop`, 'postgres://db:5432/shop'],
    [`at "postgres://bob:${SECRET}@db/shop?sslmode=disable", twice`, 'at "postgres://db/shop?sslmode=disable", twice'],
    [`postgres://db/shop?user=bob&password=${SECRET}`, 'postgres://db/shop?user=bob'],
    [`mysql://bob:${SECRET}@tcp(db:3306)/shop and more`, 'mysql://[unreadable] and more'],
    [`maria://bob:${SECRET}@[::1]:3306/`, 'maria://[::1]:3306/'],
    [`postgres://bob:1/${SECRET}@db/shop`, 'postgres://[unreadable]'],
    [`postgres://bob:1?${SECRET}@db/shop`, 'postgres://[unreadable]'],
    [`postgres://bob:1#${SECRET}@db/shop`, 'postgres://[unreadable]'],
    ['http://127.0.0.1:7171/api', 'http://127.0.0.1:7171/api'],
    ['a://b and c', 'a://b and c'],
  ])('%s', (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });

  it('reaches into fields, errors and their causes', () => {
    const cause = new Error(`cannot reach postgres://bob:${SECRET}@db/shop`);
    const fields = { err: new Error('no', { cause }), list: [{ url: `mysql://b:${SECRET}@h/d` }], count: 3 };
    const text = JSON.stringify(redactFields(fields));
    expect(text).not.toContain(SECRET);
    expect(text).toContain('postgres://db/shop');
    expect(text).toContain('"count":3');
  });
});
