import fs from 'node:fs';
import path from 'node:path';
import { throwAwayFolder } from '../../support/temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/**
 * The build of dist/ as another version of it: its own folder, version and workflow bundle.
 * @returns its `bin/flotilla.js`
 */
export function makeNextBuild(version: string): string {
  if (!fs.existsSync(path.join(root, 'dist/workflow-bundle.js')))
    throw new Error('no dist/: npm run build comes first');
  const folder = throwAwayFolder('next-build');
  for (const name of ['bin', 'dist']) fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const manifest = path.join(folder, 'package.json');
  const { version: now, ...rest } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  fs.writeFileSync(manifest, JSON.stringify({ ...rest, version }));
  replace(path.join(folder, 'dist/cli/version.js'), now, version);
  // Other bytes, so that nothing that knows the code by them takes it for the same.
  fs.appendFileSync(path.join(folder, 'dist/workflow-bundle.js'), `\n// ${version}\n`);
  return path.join(folder, 'bin/flotilla.js');
}

function replace(file: string, from: string, to: string): void {
  const text = fs.readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not name the version ${from}`);
  fs.writeFileSync(file, text.replaceAll(from, to));
}
