import type { OpenRequest } from '../../src/engine/run/ports.ts';
import { DEFAULT_LIMITS, type MigrationTarget, type Revision } from '../../src/engine/run/types.ts';
import type { DatabaseUrl } from '../../src/engine/url/database-url.ts';

/** A URL as drivers get it, made without the parser: what a driver reads is its text and its database. */
export const databaseUrl = (text: string, dialect: DatabaseUrl['dialect'], database = ''): DatabaseUrl => ({
  scheme: text.slice(0, text.indexOf(':')),
  dialect,
  host: '',
  database,
  schema: '',
  redacted: '<url>',
  reveal: () => text,
  toString: () => '<url>',
  toJSON: () => '<url>',
});

export const openRequest = (
  url: DatabaseUrl,
  more: Partial<Omit<OpenRequest, 'target'> & MigrationTarget> = {},
): OpenRequest => ({
  target: { id: 't', url, ...(more.revisionsSchema === undefined ? {} : { revisionsSchema: more.revisionsSchema }) },
  limits: more.limits ?? DEFAULT_LIMITS,
  sessionName: more.sessionName ?? 'flotilla test',
  signal: more.signal,
});

export const revision = (version: string, more: Partial<Revision> = {}): Revision => ({
  version,
  description: `d${version}`,
  type: 2,
  applied: 0,
  total: 2,
  executedAt: new Date('2024-05-06T07:08:09.120Z'),
  executionTime: 1234567n,
  error: '',
  errorStmt: '',
  hash: 'aGFzaA==',
  partialHashes: ['h1:x'],
  operatorVersion: 'Flotilla test',
  ...more,
});

export const lockOf = (scope: 'atlas' | 'target', waitMs = 0) => ({ scope, name: 'atlas_migrate_execute', waitMs });
