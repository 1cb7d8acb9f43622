import fs from 'node:fs';
import path from 'node:path';
import { isAlive, type ProcessRecord } from '../process-identity.ts';

/** `<state>/temporal/server.json`: the server that a daemon of this state folder has started. */
export interface ServerRecord extends ProcessRecord {
  readonly port: number;
  readonly version: string;
  readonly namespace: string;
}

const fileOf = (stateDir: string): string => path.join(stateDir, 'temporal', 'server.json');

const isRecord = (value: unknown): value is ServerRecord =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  typeof value.pid === 'number' &&
  'identity' in value &&
  typeof value.identity === 'string' &&
  'port' in value &&
  typeof value.port === 'number' &&
  'version' in value &&
  typeof value.version === 'string' &&
  'namespace' in value &&
  typeof value.namespace === 'string';

/** The server that the folder's last daemon started, if that very process still lives. */
export function readServerRecord(stateDir: string): ServerRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(fileOf(stateDir), 'utf8'));
  } catch {
    return undefined; // none, or cut off while it was written: the server it named is found by nobody, and ends by hand
  }
  return isRecord(value) && isAlive(value) ? value : undefined;
}

export function writeServerRecord(stateDir: string, record: ServerRecord): void {
  const file = fileOf(stateDir);
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(record)}\n`);
  fs.renameSync(`${file}.new`, file);
}

export function removeServerRecord(stateDir: string): void {
  fs.rmSync(fileOf(stateDir), { force: true });
}
