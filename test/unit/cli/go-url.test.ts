import { describe, expect, it } from 'vitest';
import { goUrl } from '../../../src/cli/render/go-url.ts';
import { type DatabaseUrl, renderTemplate } from '../../../src/engine/index.ts';

/** A secret in two places, behind a form that the engine made of it. */
const of = (redacted: string): DatabaseUrl => ({
  ...{
    scheme: redacted.split(':')[0] ?? '',
    dialect: 'postgres',
    host: '',
    database: '',
    schema: 's',
    name: '',
    isFile: false,
  },
  redacted,
  reveal: () => 'postgres://me:hunter2@db/x?password=hunter2',
  toString: () => redacted,
  toJSON: () => redacted,
});

describe('goUrl', () => {
  it('takes a URL apart as Go does', () => {
    expect(goUrl(of('postgres://me@db:5432/a%20b?sslmode=disable'))).toMatchObject({
      Scheme: 'postgres',
      User: {},
      Host: 'db:5432',
      Path: '/a b',
      RawPath: '',
      RawQuery: 'sslmode=disable',
      Schema: 's',
    });
  });
  it('keeps a path that Go would write otherwise', () => {
    expect(goUrl(of('mysql://db/a%2Fb'))).toMatchObject({ Path: '/a/b', RawPath: '/a%2Fb', User: null });
  });
  it('never has the secrets of the URL', () => {
    expect(JSON.stringify(goUrl(of('postgres://me@db/x')))).not.toContain('hunter2');
  });
  it('prints itself in a template, without the password', () => {
    const URL = goUrl(of('postgres://me@db/x'));
    expect(renderTemplate('report', '{{ .URL }} {{ .URL.Redacted }} {{ .URL.Host }}', { URL })).toBe(
      'postgres://me@db/x postgres://me@db/x db',
    );
    expect(Object.keys(URL)).not.toContain('Redacted');
  });
});
