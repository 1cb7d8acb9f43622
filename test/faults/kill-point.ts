/** `flotilla migrate apply` of three statements in a process of its own, which ends itself with SIGKILL at a fault point. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { hashDirectory } from '../../src/engine/index.ts';
import type { FaultPoint } from '../../src/shared/fault-points.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import type { StatementCase } from './statement-case.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/flotilla.js');

/** What the row of the migration has to say once all is well. */
export const APPLIED = { version: '1', type: 2, applied: 3, total: 3, error: '', error_stmt: '' };

/** A throw-away database, read by connections of the rig's own. */
export interface RigDatabase {
  readonly name: string;
  run(sql: string): Promise<void>;
  /** Definitions of everything in it and all rows of the tables, but not the revisions. */
  dump(): Promise<string>;
  revisions(): Promise<readonly Record<string, unknown>[]>;
}

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** @param killAt the point, and the how many-th time it is reached */
export function applyUntil(url: string, dir: string, killAt?: `${FaultPoint}:${number}`): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...(killAt === undefined ? {} : { FLOTILLA_TEST_KILL_AT: killAt }) };
    const args = [BIN, 'migrate', 'apply', '--allow-dirty', '--url', url, '--dir', `file://${dir}`];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
}

/** A migration of a table, the statement, and another table. @param header directives of the file */
export function writeDirectory({ statement }: StatementCase, header = ''): string {
  const dir = throwAwayFolder('kill');
  const body = /^CREATE\b[^;]*\bBEGIN\b/.test(statement)
    ? `DELIMITER //\n${statement}//\nDELIMITER ;\n`
    : `${statement};\n`;
  const files = { '1_kill.sql': `${header}CREATE TABLE first (id int);\n${body}CREATE TABLE last (id int);\n` };
  for (const [name, text] of Object.entries({ ...files, 'atlas.sum': hashDirectory(files, 'atlas') })) {
    fs.writeFileSync(path.join(dir, name), text);
  }
  return dir;
}
